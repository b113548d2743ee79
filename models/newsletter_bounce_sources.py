"""Where returns come from: the tools' statuses and reports, and Odoo's own mails."""

from odoo import api, fields, models

from ..sync import bounce_report
from ..sync.reconcile_status import BOUNCED
from .newsletter_push import naive

_BOUNCED = {status.value: status for status in BOUNCED}


class NewsletterReconcile(models.AbstractModel):
    _inherit = "newsletter.reconcile"

    def _carry_out(self, run, coupling, cases, mappings):
        """What the tool says of a member's address holds for all lists."""
        rows = [
            {
                "email": case.remote.email or case.member.email,
                "at": naive(case.remote.status_at) or None,
                "said": case.remote.status,
                "connection": coupling.connection_id,
            }
            for case in cases
            if case.fetched
            and case.remote.status in BOUNCED
            and case.member.remote_status != case.remote.status.value
        ]
        result = super()._carry_out(run, coupling, cases, mappings)
        self.env["newsletter.bounce"]._report(rows, coupling.company_id)
        return result


class NewsletterPush(models.AbstractModel):
    _inherit = "newsletter.push"

    @api.model
    def _add_remote_facts(self, run, emails, facts, remote):
        """Undeliverable is an address, not a member; a user sets it right (B5)."""
        result = super()._add_remote_facts(run, emails, facts, remote)
        states = (
            self.env["newsletter.bounce.address"]
            # sudo: see newsletter.push._shared_facts
            .sudo()
            .search(
                [("email", "in", list(emails)), ("company_id", "=", run.company_id.id)]
            )
        )
        for address in states:
            if address.state == "hard_bounce":
                facts[address.email]["hard_bounce"] = True
            elif address.state == "reset":
                # what other lists of the tool still hold against it is overruled
                facts[address.email].pop("hard_bounce", None)
        return result


class MailThread(models.AbstractModel):
    _inherit = "mail.thread"

    @api.model
    def _routing_handle_bounce(self, email_message, message_dict):
        """A returned mail of Odoo's; core's counters and traces are kept as they are.

        Core would put an address on the blocklist after several of them. That would
        look like an opt-out, which it is not (B6): the address is undeliverable.
        """
        marked = self.with_context(newsletter_bounce=True)
        result = super(MailThread, marked)._routing_handle_bounce(
            email_message, message_dict
        )
        self._newsletter_read_bounce(email_message, message_dict)
        return result

    @api.model
    def _newsletter_read_bounce(self, email_message, message_dict):
        """Only what answers a mail of ours counts (B4)."""
        ids = message_dict.get("bounced_msg_ids") or []
        # sudo: the gateway acts for nobody
        messages = self.env["mail.message"].sudo()
        traces = self.env["mailing.trace"].sudo()
        trace = traces.search([("message_id", "in", ids)], limit=1)
        if not trace and not messages.search_count(
            [("message_id", "in", ids)], limit=1
        ):
            return
        rows = [
            {
                "email": failure.email,
                "code": failure.code,
                "text": failure.text,
                "action": failure.action or "failed",
                "mailing": trace.mass_mailing_id,
            }
            for failure in bounce_report.read(email_message)
        ]
        if not rows and message_dict.get("bounced_email"):
            rows = [
                {
                    "email": message_dict["bounced_email"],
                    "text": (message_dict.get("body") or "")[:500],
                    "mailing": trace.mass_mailing_id,
                }
            ]
        company = trace.mass_mailing_id.newsletter_company_id or self.env.company
        self.env["newsletter.bounce"]._report(rows, company)


class MailBlacklist(models.Model):
    _inherit = "mail.blacklist"

    def _add(self, email, message=None):
        """Returned mails block nobody; see ``_routing_handle_bounce``."""
        if self.env.context.get("newsletter_bounce"):
            return self.browse()
        return super()._add(email, message)


class NewsletterConnection(models.Model):
    _inherit = "newsletter.connection"

    returns_fetched_at = fields.Datetime(
        string="Returns Fetched at", readonly=True, copy=False
    )

    def _take_returns(self, bounces):
        """Take in what the tool reports, as far as we know the people.

        :param bounces: ``connectors.contract.Bounce`` records
        """
        self.ensure_one()
        emails = {bounce.email for bounce in bounces}
        # sudo: whether an address is known here, whoever fetches
        known = set(
            self.env["newsletter.member"]
            .sudo()
            .search([("connection_id", "=", self.id), ("email", "in", list(emails))])
            .mapped("email")
        )
        rows = [
            {
                "email": bounce.email,
                "at": naive(bounce.at) or None,
                "code": bounce.code,
                "text": bounce.message,
                "said": bounce.status,
                "connection": self,
            }
            for bounce in bounces
            if bounce.email in known
        ]
        became = self.env["newsletter.bounce"]._report(rows, self.company_id)
        self.returns_fetched_at = fields.Datetime.now()
        return len(rows), became
