"""The tool's own double opt-in, followed: its proof becomes evidence (rules D8, D9)."""

from odoo import api, fields, models
from odoo.tools import SQL

from ..sync.consent import Basis
from ..sync.vocabulary import Status
from .newsletter_push import aware

#: members whose proof is taken in one transaction
SLICE = 500
MAILED = (Status.SUBSCRIBED.value, Status.SOFT_BOUNCE.value)


class NewsletterMember(models.Model):
    _inherit = "newsletter.member"

    # the proof that stands in the evidence already; a newer one is taken in again
    opt_in_recorded_at = fields.Datetime(readonly=True)

    _proof_due = models.Index(
        "(id) WHERE opt_in_at IS NOT NULL AND opt_in_at IS DISTINCT FROM "
        "opt_in_recorded_at"
    )

    @api.model
    def _cron_tool_proofs(self):
        """Take in what the tools know of their own opt-ins, apart from the comparison.

        A first import of a million people brings a million proofs; the comparison does
        not wait for them.
        """
        # sudo: the scheduler works for all companies
        due = self.sudo().search(
            fields.Domain("opt_in_at", "!=", False)
            & fields.Domain("remote_status", "in", MAILED)
            & fields.Domain.custom(to_sql=_is_due),
            order="id",
            limit=SLICE,
        )
        for coupling, members in due.grouped("coupling_id").items():
            members._take_proofs(coupling)
        if len(due) == SLICE:
            self.env.ref("newsletter_sync.cron_tool_proofs")._trigger()

    def _take_proofs(self, coupling):
        """Evidence for members of one coupling, marked as the provider's."""
        consents = self.env["newsletter.consent"]
        company, place = coupling.company_id, coupling.mailing_list_id
        given = consents._given(self.mapped("email"), company, place)
        fresh = self.filtered(lambda m: not _is_own(given[m.email], m.opt_in_at))
        of_email = {
            consent.email: consent
            for consent in consents._for_addresses(
                fresh.mapped("email"), company, place
            )
        }
        source = coupling._proof_source()
        consents._record_each(
            "tool",
            {
                of_email[member.email]: {
                    "at": member.opt_in_at,
                    "origin": "provider",
                    "source": source,
                    "ip": member.opt_in_ip,
                    "note": self.env._(
                        "Number of the recipient in the tool: %s",
                        member.remote_id or "?",
                    ),
                }
                for member in fresh
            },
        )
        self.env["newsletter.set.wise"]._update(
            self._name,
            [
                {"id": member.id, "opt_in_recorded_at": member.opt_in_at or None}
                for member in self
            ],
        )


class NewsletterCoupling(models.Model):
    _inherit = "newsletter.coupling"

    def _proof_source(self):
        """Where the tool's proof comes from: tool, account, list, opt-in process."""
        self.ensure_one()
        # sudo: names of the connection, for whoever reads the evidence
        coupling = self.sudo()
        process = coupling.opt_in_process
        parts = (
            coupling.connection_id._connector_class().label,
            coupling.connection_id.name,
            coupling.remote_list_id.name,
            process and self.env._("process %s", process),
        )
        return ", ".join(filter(None, parts))


class NewsletterReconcile(models.AbstractModel):
    _inherit = "newsletter.reconcile"

    def _carry_out(self, run, coupling, cases, mappings):
        """Who waits for the click in the tool, and who clicked without a proof."""
        before = {case: case.member.remote_status for case in cases}
        result = super()._carry_out(run, coupling, cases, mappings)
        asked, proven_by_nothing, dated = [], [], False
        for case in cases:
            row = case.fetched
            if not row or not case.email:
                continue
            waited = before[case] == Status.PENDING.value
            if row.status == Status.PENDING.value and not waited:
                asked.append(case.email)
            elif row.opt_in_at:
                dated = True
            elif row.status == Status.SUBSCRIBED.value and waited:
                proven_by_nothing.append(case.email)
        consents = self.env["newsletter.consent"]
        # sudo: evidence is written for whoever fetched
        known = {"origin": "provider", "source": coupling._proof_source()}
        place = (coupling.company_id, coupling.mailing_list_id)
        if asked:
            consents.sudo()._for_addresses(asked, *place)._record(
                "request",
                note=self.env._("Asked by the newsletter tool's own procedure."),
                **known,
            )
        if proven_by_nothing:
            consents.sudo()._for_addresses(proven_by_nothing, *place)._record(
                "import",
                note=self.env._(
                    "Confirmed in the newsletter tool. It tells neither when nor from "
                    "where; its proof could not be fetched."
                ),
                **known,
            )
        if dated:
            self.env.ref("newsletter_sync.cron_tool_proofs").sudo()._trigger()
        return result


def _is_due(model, alias, query):
    """Whose proof does not stand in the evidence yet."""
    return SQL(
        "%s IS DISTINCT FROM %s",
        SQL.identifier(alias, "opt_in_at"),
        SQL.identifier(alias, "opt_in_recorded_at"),
    )


def _is_own(given, opt_in_at):
    """Whether the tool only repeats what we have told it, or knows nothing newer."""
    return (
        given.basis is Basis.DOI
        and given.at is not None
        and (aware(opt_in_at) - given.at).total_seconds() < 60
    )
