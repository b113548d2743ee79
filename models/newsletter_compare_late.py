"""What changed in Odoo and no trigger has noted: found by times, put into the outbox.

The outbox sees whatever happens to a member's own record. It does not see what a mapped
path leads to: a country that is called differently, a salesperson's new telephone
number. Nor does it see what was written while triggers were off, as a restored backup
or a replica writes. Once a night, before the whole list is compared, the times of the
records tell it. Only what is younger than the comparison before is joined with members.
"""

from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from .newsletter_record_kinds import MODELS

#: a transaction that wrote at this time may have become visible so much later
_LONG = timedelta(hours=1)


class NewsletterCompare(models.AbstractModel):
    _inherit = "newsletter.compare"

    @api.model
    def _note_late(self, run):
        """Put members into the outbox whose values may differ and nobody said so."""
        coupling = run.coupling_id
        since = coupling.full_fetched_at
        mappings = self.env["newsletter.field.mapping"]._of_connection(
            coupling.connection_id, coupling
        )
        for name in ("mailing.contact", "res.partner", "crm.lead"):
            self._note_members(coupling, name, self._younger(name, since))
            related = self._related_younger(name, mappings, since, coupling)
            if related is not None:
                self._note_members(coupling, name, related)

    def _note_members(self, coupling, model_name, records):
        """Note the members with these records.

        :param records: SQL of a query of (id, write_date); without a time all count
        """
        link = self.env["newsletter.member"]._record_field(model_name)
        # the result of a query may be computed by several processes of the database
        found = self._execute(
            """
            CREATE TEMPORARY TABLE newsletter_late ON COMMIT DROP AS
            SELECT member.id
              FROM (%(records)s) record
              JOIN newsletter_member member ON member.%(link)s = record.id
             WHERE member.coupling_id = %(coupling)s AND member.active
               AND COALESCE(record.write_date > member.synced_at, TRUE)
            """,
            records=records,
            link=SQL.identifier(link),
            coupling=coupling.id,
        )
        if found:
            self._execute(
                """
                INSERT INTO newsletter_change (coupling_id, res_model, res_id)
                SELECT %(coupling)s, 'newsletter.member', id FROM newsletter_late
                """,
                coupling=coupling.id,
            )
        self._execute("DROP TABLE newsletter_late")

    def _younger(self, model_name, since):
        """The records themselves that were written since then."""
        return SQL(
            "SELECT id, write_date FROM %s WHERE write_date > %s",
            SQL.identifier(self.env[model_name]._table),
            since or fields.Datetime.to_datetime("1970-01-01"),
        )

    def _related_younger(self, model_name, mappings, since, coupling):
        """The records of which something changed that a mapped path leads to.

        :return: None if nothing did; to know that is one look through each table that
            a path leads to, for times have no index
        """
        since = (since or coupling.create_date) - _LONG
        # sudo: what a path leads to counts, whoever may read it
        records = self.env[model_name].sudo().with_context(active_test=False)
        changed = []
        for way in mappings._ways(model_name):
            comodel = records
            for name in way.split("."):
                comodel = comodel[name]
            # no order: the first that is found will do
            if comodel.search_count([("write_date", ">", since)], limit=1):
                changed.append(Domain(f"{way}.write_date", ">", since))
        if not changed:
            return None
        query = records._search(Domain.OR(changed))
        return query.select(
            SQL.identifier(records._table, "id"), SQL("NULL::timestamp AS write_date")
        )


class NewsletterFieldMapping(models.Model):
    _inherit = "newsletter.field.mapping"

    def _ways(self, model_name):
        """Paths from a kind of record to the other records that values come from.

        ``country_id.name`` leads to ``country_id``; a computed field that is not stored
        leads to whatever it says it depends on.

        :return: a sorted list of dotted paths, all of relations
        """
        model = self.env[model_name]
        ways = set()
        kinds = [kind for kind, name in MODELS.items() if name == model_name]
        for mapping in self.browse().union(*map(self._for_kind, kinds)):
            _follow(model, mapping.path, "", ways, set())
        return sorted(ways)


def _follow(model, path, before, ways, seen):
    """Collect the ways of one path that begins where another ends."""
    for name in path.split("."):
        field = model._fields.get(name)
        if field is None or (model._name, before, name) in seen:
            return
        seen.add((model._name, before, name))
        if field.compute and not field.store:
            for depended in model.pool.field_depends.get(field, ()):
                _follow(model, depended, before, ways, seen)
        if not field.relational:
            return
        model = model.env[field.comodel_name]
        if not field.store or not model._auto or not model._log_access:
            return
        before = f"{before}.{name}" if before else name
        ways.add(before)
