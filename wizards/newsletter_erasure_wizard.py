"""Erase a person: first what there is, then the decision, then the receipts."""

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..models.newsletter_erasure import CONTACT


class NewsletterErasureWizard(models.TransientModel):
    """Shows what is found in Odoo and in each account before anything goes."""

    _name = "newsletter.erasure.wizard"
    _inherit = "newsletter.person.wizard"
    _description = "Erase a Person"

    contact = fields.Selection(
        CONTACT, string="Contacts and Leads", required=True, default="leave"
    )
    note = fields.Text(
        string="How the Person Asked",
        help="When and how, without name and address: this note stays.",
    )
    ask_all = fields.Boolean(
        string="Ask Every Account",
        help="Also accounts that never held the person as far as Odoo knows. That "
        "sends the address there.",
    )
    understood = fields.Boolean(string="I have read what is final")
    address_text = fields.Char(compute="_compute_found", string="Addresses")
    found_html = fields.Html(string="In Odoo", compute="_compute_found", sanitize=False)
    accounts_html = fields.Html(
        string="In the Accounts", compute="_compute_found", sanitize=False
    )
    erased_before = fields.Boolean(compute="_compute_found")
    is_final = fields.Boolean(compute="_compute_found")
    final_text = fields.Char(compute="_compute_found")

    @api.depends("typed", "company_id", "contact", "ask_all")
    def _compute_found(self):
        erasures = self.env["newsletter.erasure"]
        sweeper = self.env["newsletter.erasure.odoo"]
        for wizard in self:
            company = wizard.company_id
            allowed = company in self.env.companies
            emails = wizard._emails() if allowed else []
            rows = sweeper._plan(emails, company, wizard.contact)
            held = erasures._held(emails, company)
            accounts = erasures._accounts(company) if allowed else held
            asked = [
                account
                for account in accounts
                if account in held or (wizard.ask_all and emails)
            ]
            final = [
                account
                for account in asked
                if account._connector_class().capabilities.erase_is_final
            ]
            wizard.address_text = ", ".join(emails)
            wizard.found_html = erasures._found_table(rows)
            wizard.accounts_html = self.env["ir.qweb"]._render(
                "newsletter_sync.erasure_accounts",
                {
                    "rows": [
                        wizard._account_row(
                            account, held.get(account), account in asked
                        )
                        for account in accounts
                    ]
                },
            )
            wizard.erased_before = any(
                company in companies
                for companies in self.env["newsletter.tombstone"]
                ._erased(emails)
                .values()
            )
            wizard.is_final = bool(final)
            wizard.final_text = ", ".join(account.name for account in final)

    def _emails(self):
        """All addresses of the person who is named."""
        self.ensure_one()
        return self.env["newsletter.personal.data"]._addresses(
            self._typed_emails(), self.company_id
        )

    def _account_row(self, account, people, asked):
        can = account._connector_class().capabilities
        if not asked:
            effect = self.env._("Not known there; nothing is sent to it")
        elif not can.erase:
            effect = self.env._("Unsubscribed; somebody deletes them there by hand")
        elif can.erase_is_final:
            effect = self.env._("Deleted for good; can never be taken in again by Odoo")
        else:
            effect = self.env._("Deleted for good")
        lists = {name for person in people or [] for name in person["lists"].values()}
        return {
            "account": account.name,
            "lists": ", ".join(sorted(lists)),
            "effect": effect,
            "warn": asked and (can.erase_is_final or not can.erase),
            "waits": asked and account.state != "connected",
        }

    @api.model
    def _open_for(self, records):
        """The dialog for what ``_open_person`` takes.

        :raises AccessError: without the right to erase
        """
        self.env["newsletter.erasure"]._check_may_erase(self.env.company)
        return self._open_person(
            records,
            self.env._("Erase one person at a time: each gets a receipt of their own."),
        )

    def action_erase(self):
        """Carry it out and show the receipts.

        :raises UserError: something is missing: an address, the note, the consequence
        """
        self.ensure_one()
        if not (self.note or "").strip():
            raise UserError(
                self.env._("Please note when and how the person asked for it.")
            )
        if self.is_final and not self.understood:
            raise UserError(
                self.env._(
                    "%s never takes the person in again by Odoo once they are deleted. "
                    "Tick that you have read it.",
                    self.final_text,
                )
            )
        erasure = self.env["newsletter.erasure"]._erase(
            self._emails(),
            self.company_id,
            contact=self.contact,
            note=self.note,
            ask_all=self.ask_all,
        )
        # the dialog knew the person as well
        # sudo: a user may not delete what others opened about the same person
        everybodys = self.sudo().search([("typed", "=", self.typed)])
        everybodys.unlink()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Erasure"),
            "res_model": "newsletter.erasure",
            "res_id": erasure.id,
            "view_mode": "form",
            "target": "current",
        }


class NewsletterRecipient(models.AbstractModel):
    _inherit = "newsletter.recipient"

    def action_newsletter_erase(self):
        """Erase this person, after a dialog that shows what there is."""
        return self.env["newsletter.erasure.wizard"]._open_for(self)


class NewsletterMember(models.Model):
    _inherit = "newsletter.member"

    def action_newsletter_erase(self):
        return self.env["newsletter.erasure.wizard"]._open_for(self)


class NewsletterConsent(models.Model):
    _inherit = "newsletter.consent"

    def action_newsletter_erase(self):
        return self.env["newsletter.erasure.wizard"]._open_for(self)
