"""A person takes back that their opens and clicks are recorded, and nothing else (L10).

In Odoo it takes effect at once: no transmission tells a tool to record, and Odoo's own
mailings count the person's opens and clicks without saying whose they are. No tool that
we speak to has a call to take it back of somebody who is on a list already, so somebody
is asked to see to it there.
"""

from odoo import api, models

from ..sync.address import masked
from ..sync.reactions import box
from ..sync.reconcile_status import PRESENT


class NewsletterConsent(models.Model):
    _inherit = "newsletter.consent"

    @api.model
    def _refusing_reactions(self, emails, company):
        """Those of the addresses whose people have taken it back, and not given anew.

        :param emails: normalised addresses
        :param company: the sender; none: any company
        """
        domain = [("email", "in", list(emails)), ("medium", "=", "email")]
        if company:
            domain.append(("company_id", "=", company.id))
        # sudo: whether somebody may be recorded decides for every user alike
        consents = self.sudo()
        ended = consents.search([*domain, ("reactions_ended_at", "!=", False)])
        if not ended:
            return set()
        again = consents.search([*domain, ("reactions_at", "!=", False)])
        given = {(each.company_id, each.email) for each in again}
        return {
            each.email for each in ended if (each.company_id, each.email) not in given
        }

    @api.model
    def _end_reactions(self, email, company, channel, **evidence):
        """Nothing more of one person is recorded; the consents stand as they are.

        It is said of every list, by the evidence of each consent that had allowed it
        and of the general one. Harmless when repeated.

        :param evidence: further fields of the piece of evidence
        :return: the members of tools where somebody has to see to it
        """
        # sudo: whoever takes it back does, whatever the present user may see
        consents = self.sudo()
        members = self._newsletter_recorded_there(email, company)
        if self._refusing_reactions([email], company):
            return members
        allowing = consents.search(
            [
                ("email", "=", email),
                ("company_id", "=", company.id),
                ("medium", "=", "email"),
                ("reactions_at", "!=", False),
            ]
        )
        general = consents._for_address(email, company)
        (allowing | general)._record(
            "note", channel=channel, boxes=box(given=False), **evidence
        )
        self._newsletter_tell_recording(members)
        return members

    @api.model
    def _newsletter_recorded_there(self, email, company):
        """Members of this person whom a tool may record still."""
        # sudo: see _end_reactions
        return (
            self.env["newsletter.member"]
            .sudo()
            .search(
                [
                    ("email", "=", email),
                    ("company_id", "=", company.id),
                    ("remote_status", "in", [status.value for status in PRESENT]),
                ]
            )
        )

    @api.model
    def _newsletter_tell_recording(self, members):
        """Ask whoever looks after the tool; there is no call that does it."""
        rows = []
        for member in members:
            connection = member.connection_id
            values = {
                "person": masked(member.email),
                "tool": connection.name,
                "list": member.coupling_id.name,
            }
            if connection._connector_class().capabilities.reactions:
                text = self.env._(
                    "%(person)s does not want opens and clicks recorded any more. "
                    "“%(tool)s” has no call for that: please take the permission back "
                    "there, on the list “%(list)s”.",
                    **values,
                )
            else:
                text = self.env._(
                    "%(person)s does not want opens and clicks recorded any more. "
                    "“%(tool)s” cannot leave out single people: if it records them on "
                    "the list “%(list)s”, turn that off there for everybody, or let "
                    "the person choose to leave.",
                    **values,
                )
            rows.append(
                {
                    "code": "reactions_by_hand",
                    "level": "warning",
                    "member": member,
                    "text": text,
                }
            )
        self.env["newsletter.event"]._log_many(rows)


class NewsletterPreference(models.Model):
    _inherit = "newsletter.preference"

    def _reactions_refused(self):
        """Whether the person has said already that nothing is to be recorded."""
        self.ensure_one()
        consents = self.env["newsletter.consent"]
        return bool(consents._refusing_reactions([self.email], self.company_id))

    def _end_reactions(self, evidence):
        """Take the permission back by this link.

        :return: whether a tool has to be told by hand
        """
        self.ensure_one()
        members = self.env["newsletter.consent"]._end_reactions(
            self.email,
            self.company_id,
            "page",
            token_digest=self.digest,
            method="POST",
            note=self.env._("The person wants no opens and clicks recorded any more."),
            **evidence,
        )
        return bool(members)


class MailingTrace(models.Model):
    _inherit = "mailing.trace"

    def _newsletter_recordable(self):
        """Without traces of people who do not want to be recorded."""
        kept = self
        for mailing, traces in self.grouped("mass_mailing_id").items():
            refusing = self.env["newsletter.consent"]._refusing_reactions(
                [email for email in traces.mapped("email") if email],
                mailing.sudo().newsletter_company_id,
            )
            kept -= traces.filtered(lambda each, who=refusing: each.email in who)
        return kept

    def set_opened(self, domain=None):
        traces = self + (self.search(domain) if domain else self.browse())
        super(MailingTrace, traces._newsletter_recordable()).set_opened()
        return traces

    def set_clicked(self, domain=None):
        traces = self + (self.search(domain) if domain else self.browse())
        super(MailingTrace, traces._newsletter_recordable()).set_clicked()
        return traces


class LinkTrackerClick(models.Model):
    _inherit = "link.tracker.click"

    def _prepare_click_values_from_route(self, **route_values):
        """A click is counted; whose it was stays unknown where that is not wanted."""
        values = super()._prepare_click_values_from_route(**route_values)
        # sudo: a visitor's click
        trace = self.env["mailing.trace"].sudo().browse(values.get("mailing_trace_id"))
        if trace and not trace._newsletter_recordable():
            values.update(mailing_trace_id=False, ip=False)
        return values
