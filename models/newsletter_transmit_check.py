"""The last look before sending: facts that are older than a moment do not count."""

from odoo import api, models
from odoo.tools import SQL

from ..sync.eligibility import Facts, Options
from ..sync.reconcile_records import Task
from ..sync.transmission import LEAVING, Decided, barred
from .newsletter_push import aware
from .newsletter_transmit_row import Mapping


class NewsletterTransmit(models.AbstractModel):
    _inherit = "newsletter.transmit"

    @api.model
    def _mapping(self, run):
        """The mapping as the rows of a transmission use it."""
        mappings = self.env["newsletter.field.mapping"]._of_connection(
            run.connection_id, run.coupling_id
        )
        read = mappings._travelling().filtered("remote_name")
        types = {str(each.id): each._remote_type().value for each in read}
        return Mapping(
            names={str(each.id): each.remote_name for each in read},
            sent=mappings._sent_names(),
            types=types,
            plain=set(types.values()) <= {"text"},
        )

    @api.model
    def _fit(self, run, found):
        """The rows that may be sent now; the others are left out, with the reason.

        :param found: lines, of ``_waiting``

        What changed in Odoo since the dry run is compared first, so that a task that
        does not stand any more is noticed by the rules themselves.
        """
        members = [member_id for _line, member_id, _tries in found if member_id]
        self._look_again(run, self.env["newsletter.member"].browse(members))
        rows = self._rows([line_id for line_id, _member, _tries in found])
        reasons = self._reasons(run, rows)
        fit, left_out = [], []
        for row in rows:
            # what bars somebody says more than that their task fell away by it
            row.reason = reasons.get(row.id) or row.gone
            row.result = "skipped" if row.reason else None
            (left_out if row.reason else fit).append(row)
        if left_out:
            self._write_lines(left_out)
            self._log(run, left_out)
            run.done += len(left_out)
        return fit

    def _touch(self, rows):
        """Write the lines that go into the air next, without changing them.

        An erasure cuts the lines that are not in the air. One at the same time does
        not see the batch, and a lock would let it go on as soon as the batch is
        committed. A row that both write makes the later one begin anew, with what the
        other has done before its eyes.
        """
        self.env.cr.execute(
            SQL(
                "UPDATE newsletter_run_line SET write_date = now() AT TIME ZONE 'UTC'"
                " WHERE id = ANY(%s)",
                [row.id for row in rows],
            )
        )
        self.env["newsletter.run.line"].invalidate_model(["write_date"])

    def _reasons(self, run, rows):
        """{line id: reason} of those whom consent, blocklist or a leaving bars."""
        asked = {
            row.id: row.new_email or row.email
            for row in rows
            if row.gone != "gone" and Task(row.plan) not in LEAVING
        }
        if not asked:
            return {}
        emails = set(asked.values())
        facts = self.env["newsletter.push"]._shared_facts(run, emails)
        buried = self.env["newsletter.tombstone"]._known(
            emails, run.company_id, run.coupling_id
        )
        options = Options(include_single=run.include_single)
        reasons = {}
        for row in rows:
            email = asked.get(row.id)
            if not email:
                continue
            known = facts[email]
            known["forgotten"] = email in buried
            reason = barred(
                Task(row.plan),
                # a changed address or an archived record was noticed by the comparison
                Facts(address_problem=None, active=True, **known),
                Decided(
                    aware(row.task_at) if row.task_by else None, bool(row.task_reason)
                ),
                options,
            )
            if reason:
                reasons[row.id] = reason.value
        return {**self._taken_addresses(run, rows), **reasons}

    def _taken_addresses(self, run, rows):
        """Somebody else of the list has the address that a person shall get."""
        moves = [row for row in rows if row.plan == "change_address"]
        if not moves:
            return {}
        wanted = {row.new_email: row.id for row in moves}
        taken = self.env["newsletter.member"].search(
            [("coupling_id", "=", run.coupling_id.id), ("email", "in", list(wanted))]
        )
        return {
            **{row.id: "no_address" for row in moves if not row.new_email},
            **{wanted[member.email]: "duplicate" for member in taken},
        }

    @api.model
    def _look_again(self, run, members, every=False):
        """Compare members of whom something changed in Odoo and nobody looked yet.

        :param every: all of them, whether or not the outbox names them
        """
        self.env.flush_all()
        found = members.ids if every else self._take_outbox(run, members)
        if not found:
            return
        candidates = self.env["newsletter.candidate"].create(
            [{"run_id": run.id, "member_id": member_id} for member_id in found]
        )
        self.env["newsletter.reconcile"]._settle(run, candidates)
        candidates.unlink()
        self.env.flush_all()

    def _take_outbox(self, run, members):
        """Those of the members whom the coupling's outbox names; taken out of it."""
        self.env.cr.execute(
            SQL(
                """
                WITH asked AS (
                    SELECT id, contact_id FROM newsletter_member
                     WHERE id = ANY(%(members)s)
                ), taken AS (
                    DELETE FROM newsletter_change change USING asked
                     WHERE change.coupling_id = %(coupling)s
                       AND (change.res_model = 'newsletter.member'
                            AND change.res_id = asked.id
                            OR change.res_model = 'mailing.contact'
                            AND change.res_id = asked.contact_id)
                    RETURNING asked.id
                )
                SELECT DISTINCT id FROM taken
                """,
                members=members.ids,
                coupling=run.coupling_id.id,
            )
        )
        return [member_id for (member_id,) in self.env.cr.fetchall()]
