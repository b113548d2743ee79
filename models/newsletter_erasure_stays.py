"""What of an erased person stays in Odoo, and what keeps it out of mailings there.

The blocklist belongs to all companies of a database, tombstones to one. So whom no
other company works with is on the blocklist, for everybody to see; everybody else is
taken off the lists of this company, whose mailings ask the tombstones besides.
"""

from odoo import api, models

from .newsletter_erasure_odoo import STAYS

#: whom Odoo's own mailings can be about
RECIPIENTS = ("res.partner", "crm.lead", "mailing.contact")


class NewsletterErasureOdoo(models.AbstractModel):
    _inherit = "newsletter.erasure.odoo"

    @api.model
    def _elsewhere(self, emails, company):
        """Whether another company of the database works with the person, too.

        Evidence under lock says that the person was erased there: nobody uses it.
        """
        others = [("email", "in", list(emails)), ("company_id", "!=", company.id)]
        in_use = [("state", "!=", "none"), ("restricted_until", "=", False)]
        # sudo: only whether there is something, not what
        members = self.env["newsletter.member"].sudo().with_context(active_test=False)
        consents = self.env["newsletter.consent"].sudo()
        return bool(
            members.search_count(others, limit=1)
            or consents.search_count([*others, *in_use], limit=1)
        )

    @api.model
    def _stays_blocked(self, emails, company, contact, elsewhere):
        """Whether an entry of the blocklist is there after the erasure as before."""
        data = self.env["newsletter.personal.data"]
        return (
            contact == "leave"
            or elsewhere
            or self._others_need_the_block(emails, company)
            or any(
                self._contact_outcome(partner, contact) in STAYS
                for partner in data._records("res.partner", emails, company)
            )
        )

    @api.model
    def _others_need_the_block(self, emails, company):
        """Whether another company has a record of its own, or an objection."""
        # sudo: only whether there is something, not what
        everything = self.sudo().with_context(active_test=False).env
        company_ids = [False, company.id]
        emails = list(emails)
        own_records = [
            ("email_normalized", "in", emails),
            ("company_id", "not in", company_ids),
        ]
        objections = [
            ("email", "in", emails),
            ("company_id", "!=", company.id),
            ("state", "=", "withdrawn"),
        ]
        return bool(
            everything["res.partner"].search_count(own_records, limit=1)
            or everything["crm.lead"].search_count(own_records, limit=1)
            or everything["newsletter.consent"].search_count(objections, limit=1)
        )

    @api.model
    def _keep_out(self, emails, company, contact):
        """Block whoever stays; where nobody does, the tombstone alone is enough."""
        if any(self._all_of(name, emails, company) for name in RECIPIENTS):
            self.env["newsletter.leaving"]._block(dict.fromkeys(emails))
        elif not self._stays_blocked(emails, company, contact, elsewhere=False):
            self._all_of("mail.blacklist", emails, company).unlink()

    @api.model
    def _lists_of(self, emails, company):
        """The mailing lists by which a company writes to a person."""
        couplings = self.env["newsletter.coupling"].with_context(active_test=False)
        return (
            couplings.search([("company_id", "=", company.id)]).mailing_list_id
            | self._all_of("newsletter.consent", emails, company).mailing_list_id
        )

    @api.model
    def _leave_lists(self, emails, lists):
        """Off these lists; contact and blocklist are the other company's as well."""
        told = {email: {} for email in emails}
        self.env["newsletter.leaving"]._opt_out(told, "list", lists)
