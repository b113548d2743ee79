"""Take in people whom only the tool knows: a first import at the speed of COPY.

About somebody of whom Odoo knows nothing at all, the rules can see no more than the
status in the tool. So ``sync.reconcile.plan`` is asked once for each status, with an
invented person, and its answer is carried out for all of them in one statement. About
whom anything is known (an address on the blocklist, a consent, a contact, a tombstone)
is left to be decided about one by one.
"""

from dataclasses import dataclass, replace
from datetime import timedelta

from psycopg2.extras import Json

from odoo import api, fields, models
from odoo.tools import SQL

from ..sync import reconcile
from ..sync.address import parse
from ..sync.reconcile import Outcome
from ..sync.reconcile_records import Policy, Side
from ..sync.vocabulary import Status
from .newsletter_push import aware
from .newsletter_reconcile_load import (
    NO_FETCHED,
    NO_MEMBER,
    NO_PERSON,
    NO_SUBSCRIPTION,
    Case,
)

#: stands for the address in texts that are made once for many people
_SOMEBODY = "somebody@example.org"
#: An address that is written as everybody writes it; any other is looked at closely.
_PLAIN_ADDRESS = (
    r"^[a-z0-9_+-]+(\.[a-z0-9_+-]+)*@([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,63}$"
)
#: Where anything may stand about an address that a decision has to know. A new kind of
#: fact belongs here, or a first import would not see it.
_KNOWN_FROM = (
    SQL("SELECT FROM mail_blacklist WHERE email = met.email"),
    SQL("SELECT FROM newsletter_consent WHERE email = met.email"),
    SQL("SELECT FROM newsletter_leaving WHERE email = met.email"),
    SQL("SELECT FROM res_partner WHERE email_normalized = met.email"),
    SQL("SELECT FROM crm_lead WHERE email_normalized = met.email"),
    SQL("SELECT FROM mailing_contact WHERE email_normalized = met.email"),
    SQL("SELECT FROM newsletter_member WHERE email = met.email"),
)


@dataclass(frozen=True)
class Kind:
    """What the rules say of everybody with one status in the tool."""

    status: Status
    remote: Side
    policy: Policy
    outcome: Outcome
    #: columns of the member that are the same for all of them
    memory: dict

    @property
    def creates(self):
        return bool(self.outcome.local.create)

    def difference(self, status_at):
        """The digest of what is open about somebody who left at this time."""
        remote = replace(self.remote, status_at=aware(status_at))
        return reconcile.plan(None, Side(), remote, self.policy).difference


class NewsletterEnter(models.AbstractModel):
    _name = "newsletter.enter"
    _description = "Newsletter First Import"

    @api.model
    def _enter(self, run, first, last):
        """Take in the strangers among the candidates with these ids.

        :return: how many; whoever is left is decided about one by one
        """
        coupling = run.coupling_id
        self.env.flush_all()
        mappings = self.env["newsletter.field.mapping"]._of_connection(
            coupling.connection_id, coupling
        )
        kinds = self._kinds(run, coupling, mappings)
        if not kinds or not coupling.mailing_list_id:
            return 0
        with self.env["newsletter.change"]._quiet(coupling):
            found = self._meet(run, coupling, kinds, first, last)
            if found:
                self._create(run, coupling, kinds, mappings)
            self.env.cr.execute("DROP TABLE newsletter_stranger")
        for model in ("mailing.contact", "mailing.subscription", "newsletter.member"):
            self.env[model].invalidate_model()
        return found

    @api.model
    def _settle_known(self, run, first, last):
        """Who was new in the comparison before and is the same on both sides is no
        news any more: both sides agree.

        :return: how many
        """
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """
                WITH settled AS (
                    DELETE FROM newsletter_candidate
                     WHERE run_id = %s AND kind = 'settled' AND id BETWEEN %s AND %s
                    RETURNING member_id
                )
                UPDATE newsletter_member member
                   SET result = 'success', result_code = %s, result_text = %s,
                       synced_at = %s,
                       write_date = now() AT TIME ZONE 'UTC'
                  FROM settled WHERE settled.member_id = member.id
                """,
                run.id,
                first,
                last,
                reconcile.Text.AGREES.value,
                self.env["newsletter.reconcile"]._text(reconcile.Text.AGREES.value),
                # as every comparison does it, see ``_memory``
                fields.Datetime.now() + timedelta(seconds=1),
            )
        )
        found = self.env.cr.rowcount
        self.env["newsletter.member"].invalidate_model()
        return found

    # --- what the rules say -----------------------------------------------------------
    def _kinds(self, run, coupling, mappings):
        """The kinds of strangers that one statement can take in."""
        rules = self.env["newsletter.reconcile"]
        common = rules._common_policy(coupling, mappings)
        plain = all(
            self.env["newsletter.set.wise"]._is_plain(model)
            for model in ("mailing.contact", "mailing.subscription")
        )
        kinds = []
        for status in Status:
            case = self._stranger(status, common)
            policy = rules._policy(coupling, case, mappings, {}, {}, common)
            outcome = reconcile.plan(None, case.local, case.remote, policy)
            case.outcome = outcome
            change = outcome.local
            creates = change.create == "mailing_contact" and change.add and plain
            if outcome.task or outcome.urgent or (change and not creates):
                continue
            if creates and change.status is not Status.SUBSCRIBED:
                continue
            if any(note.field != "status" for note in outcome.notes):
                continue
            memory = rules._memory(coupling, case, fields.Datetime.now(), run)
            kinds.append(Kind(status, case.remote, policy, case.outcome, memory))
        return kinds

    def _stranger(self, status, common):
        """Somebody with this status of whom nothing is known."""
        case = Case()
        case.member, case.fetched = NO_MEMBER, NO_FETCHED
        case.subscription, case.person = NO_SUBSCRIPTION, NO_PERSON
        case.contact = self.env["mailing.contact"]
        case.partner, case.lead = self.env["res.partner"], self.env["crm.lead"]
        case.email, case.address = _SOMEBODY, parse("")
        values = {str(mapping.id): "1" for mapping in common.mappings}
        case.local = Side()
        case.remote = Side(status, email=_SOMEBODY, values=values, known=True)
        return case

    # --- who is one -------------------------------------------------------------------
    def _meet(self, run, coupling, kinds, first, last):
        """Collect the strangers of a slice, each address once, with their new ids."""
        self.env.cr.execute(
            SQL(
                """
                CREATE TEMPORARY TABLE newsletter_stranger ON COMMIT DROP AS
                SELECT met.*, NULL AS difference,
                       nextval('newsletter_member_id_seq')::int AS member_id,
                       CASE WHEN met.status = ANY(%(creating)s) THEN
                           nextval('mailing_contact_id_seq')::int END AS contact_id
                  FROM (SELECT DISTINCT ON (met.email)
                               candidate.id AS candidate_id, met.*
                          FROM newsletter_candidate candidate
                          JOIN %(stage)s met ON met.id = candidate.fetched_id
                         WHERE candidate.run_id = %(run)s AND candidate.kind = 'new'
                           AND candidate.id BETWEEN %(first)s AND %(last)s
                           AND met.status = ANY(%(statuses)s)
                           AND met.remote_id IS NOT NULL
                           AND met.email ~ %(plain)s
                           AND %(unknown)s
                         ORDER BY met.email, met.id) met
                 ORDER BY met.id
                """,
                creating=[kind.status.value for kind in kinds if kind.creates],
                statuses=[kind.status.value for kind in kinds],
                run=run.id,
                stage=run._stage(),
                first=first,
                last=last,
                plain=_PLAIN_ADDRESS,
                unknown=self._unknown(coupling),
            )
        )
        return self.env.cr.rowcount

    def _unknown(self, coupling):
        """The condition that nothing at all is known of the address ``met.email``.

        Each address is looked up by its key: ``OFFSET`` keeps the planner from joining
        the slice with whole tables, which grow with every slice.
        """
        known = [*_KNOWN_FROM, self.env["newsletter.tombstone"]._standing(coupling)]
        return SQL(" AND ").join(
            SQL("NOT EXISTS (%s OFFSET 0)", query) for query in known
        )

    # --- what becomes of them ---------------------------------------------------------
    def _create(self, run, coupling, kinds, mappings):
        recipe = self.env["newsletter.newcomer"]._recipe("mailing.contact", mappings)
        self.env.cr.execute("SELECT DISTINCT status FROM newsletter_stranger")
        met = {status for (status,) in self.env.cr.fetchall()}
        for kind in kinds:
            if kind.status.value not in met:
                continue
            if kind.status in reconcile.LEFT:
                self._tell_leavings_apart(kind)
            if kind.creates:
                self._insert_into("mailing.contact", kind, self._contact(recipe))
                self._insert_into("mailing.subscription", kind, self._listed(coupling))
            member = self._member(coupling, kind, recipe)
            self._insert_into("newsletter.member", kind, member)
            for note in kind.outcome.notes:
                event = self._event(run, kind, note)
                self._insert_into("newsletter.event", kind, event)
        self.env.cr.execute(
            """
            DELETE FROM newsletter_candidate candidate
             USING newsletter_stranger stranger
             WHERE candidate.id = stranger.candidate_id
            """
        )

    def _tell_leavings_apart(self, kind):
        """Leaving once more is another difference than leaving before."""
        self.env.cr.execute(
            "SELECT DISTINCT status_at FROM newsletter_stranger WHERE status = %s",
            [kind.status.value],
        )
        moments = [moment for (moment,) in self.env.cr.fetchall()]
        differences = [kind.difference(moment) or None for moment in moments]
        self.env.cr.execute(
            """
            UPDATE newsletter_stranger stranger SET difference = said.difference
              FROM unnest(%s::timestamp[], %s::text[]) AS said (status_at, difference)
             WHERE stranger.status = %s
               AND COALESCE(stranger.status_at, '-infinity')
                 = COALESCE(said.status_at, '-infinity')
            """,
            [moments, differences, kind.status.value],
        )

    def _insert_into(self, model_name, kind, columns):
        """Insert a row for each stranger of a kind.

        :param columns: {column: value, or SQL over ``stranger``}; the rest by default
        """
        set_wise = self.env["newsletter.set.wise"]
        model = self.env[model_name]
        columns = {
            **set_wise._defaults(model_name, columns),
            **{name: _as_sql(value) for name, value in columns.items()},
            **set_wise._stamps(model, ("create", "write")),
        }
        self.env.cr.execute(
            SQL(
                "INSERT INTO %s (%s) SELECT %s FROM newsletter_stranger stranger"
                " WHERE stranger.status = %s ORDER BY stranger.id",
                SQL.identifier(model._table),
                set_wise._listed(columns),
                SQL(", ").join(columns.values()),
                kind.status.value,
            )
        )

    @staticmethod
    def _contact(recipe):
        return {
            **recipe.sql(),
            "id": SQL("stranger.contact_id"),
            "email_normalized": SQL("stranger.email"),
        }

    @staticmethod
    def _listed(coupling):
        return {
            "contact_id": SQL("stranger.contact_id"),
            "list_id": coupling.mailing_list_id.id,
            "opt_out": False,
        }

    @staticmethod
    def _member(coupling, kind, recipe):
        """What is remembered of everybody of the kind, and what is each one's own."""
        said = SQL("stranger.values")
        own = {
            "id": SQL("stranger.member_id"),
            "email": SQL("stranger.email"),
            "remote_id": SQL("stranger.remote_id"),
            "remote_status_at": SQL("stranger.status_at"),
            "remote_digest": SQL("stranger.digest"),
            "remote_values": SQL("NULLIF(%s, '{}')", said),
            "opt_in_at": SQL("stranger.opt_in_at"),
            "opt_in_ip": SQL("stranger.opt_in_ip"),
            "reason": SQL("stranger.reason"),
        }
        if kind.status in reconcile.LEFT:
            own["difference_digest"] = SQL("stranger.difference")
        if kind.creates:
            taken = recipe.sql_taken()
            agreed = SQL("CASE WHEN %s = %s THEN stranger.digest END", taken, said)
            own.update(
                name=recipe.sql()["name"],
                contact_id=SQL("stranger.contact_id"),
                local_status_at=SQL(
                    "COALESCE(stranger.status_at, %s)", kind.memory["local_status_at"]
                ),
                base_values=SQL("NULLIF(%s, '{}')", taken),
                # the digest of the stage knows the types of its values
                base_digest=None if recipe.typed else agreed,
                remote_values=SQL("NULLIF(%s, %s)", said, taken),
            )
        return {
            **kind.memory,
            "active": True,
            "coupling_id": coupling.id,
            "connection_id": coupling.connection_id.id,
            "company_id": coupling.company_id.id,
            **own,
        }

    def _event(self, run, kind, note):
        """The line of the log that one by one would have got."""
        rules = self.env["newsletter.reconcile"]
        said = NO_MEMBER._replace(email=_SOMEBODY)
        before, after = rules._event_text(said, note, {}).split(_SOMEBODY)
        values = self.env["newsletter.event"]._event_values({"code": "", "run": run})
        if kind.creates:
            values.update(
                res_model="mailing.contact", res_id=SQL("stranger.contact_id")
            )
        return {
            **{name: value or None for name, value in values.items()},
            "date": fields.Datetime.now(),
            "code": note.code,
            "level": note.level.value,
            "text": SQL("%s || stranger.email || %s", before, after),
            "old_value": rules._event_value(note.field, note.tool) or None,
            "new_value": rules._event_value(note.field, note.odoo) or None,
            "rule": note.rule or None,
            "member_id": SQL("stranger.member_id"),
        }


def _as_sql(value):
    if isinstance(value, SQL):
        return value
    return SQL("%s", Json(value) if isinstance(value, dict | list) else value)
