"""What protects an address, whoever's it is: asked before every decision."""

from odoo import api, models
from odoo.tools import SQL

from .newsletter_push import aware


class ResPartner(models.Model):
    _inherit = "res.partner"

    _newsletter_unwilling = models.Index("(email_normalized) WHERE no_marketing_email")


class MailingSubscription(models.Model):
    _inherit = "mailing.subscription"

    _newsletter_left = models.Index("(list_id, contact_id) WHERE opt_out IS TRUE")


class NewsletterPush(models.AbstractModel):
    _inherit = "newsletter.push"

    @api.model
    def _protecting_facts(self, emails, coupling):
        """{address: facts} as ``_no_facts`` names them, for all addresses.

        Blocklist, contacts who want no e-mails, consent, and bounces of other lists.
        Read past record rules: what keeps somebody from being mailed counts, whoever
        may see it.
        """
        emails = list({email for email in emails if email})
        facts = {email: self._no_facts() for email in emails}
        if not emails:
            return facts
        self.env.flush_all()
        for email in self._blocklisted(emails):
            facts[email]["blocklisted"] = True
        for email in self._unwilling(emails):
            facts[email]["unwanted"] = True
        for email in self._undeliverable_elsewhere(emails, coupling):
            facts[email]["hard_bounce"] = True
        given = self.env["newsletter.consent"]._given(
            emails, coupling.company_id, coupling.mailing_list_id
        )
        for email, consent in given.items():
            facts[email].update(
                consent=consent.state,
                consent_at=consent.at,
                basis=consent.basis,
                aged=consent.aged,
                of_list=consent.of_list,
            )
        return facts

    def _blocklisted(self, emails):
        return self._column(
            SQL(
                "SELECT email FROM mail_blacklist WHERE active AND email = ANY(%s)",
                emails,
            )
        )

    def _unwilling(self, emails):
        """Archived contacts' wishes count as well."""
        return self._column(
            SQL(
                "SELECT email_normalized FROM res_partner"
                " WHERE no_marketing_email AND email_normalized = ANY(%s)",
                emails,
            )
        )

    def _undeliverable_elsewhere(self, emails, coupling):
        """An address that bounced is undeliverable for all lists of a company."""
        return self._column(
            SQL(
                """
                SELECT email FROM newsletter_member
                 WHERE email = ANY(%s) AND company_id = %s AND coupling_id <> %s
                   AND active AND remote_status IN ('hard_bounce', 'general_bounce')
                """,
                emails,
                coupling.company_id.id,
                coupling.id,
            )
        )

    @api.model
    def _add_leavings(self, run, emails, facts):
        """A leaving stands as long as nobody lifts it, whatever rows are left."""
        self.env.cr.execute(
            SQL(
                """
                SELECT email, max(date) FROM newsletter_leaving
                 WHERE company_id = %s AND email = ANY(%s) AND lifted_at IS NULL
                   AND (scope <> 'list' OR mailing_list_id = %s)
                 GROUP BY email
                """,
                run.coupling_id.company_id.id,
                list(emails),
                run.coupling_id.mailing_list_id.id or None,
            )
        )
        for email, at in self.env.cr.fetchall():
            self._note_left(facts[email], aware(at))

    def _column(self, query):
        self.env.cr.execute(query)
        return [value for (value,) in self.env.cr.fetchall()]
