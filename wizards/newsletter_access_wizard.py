"""Answer an access request: one file with everything, to be read and as data."""

import io
import json
import zipfile

from odoo import api, fields, models
from odoo.exceptions import UserError


class NewsletterAccessWizard(models.TransientModel):
    """Names whom the request is about, then gives the file."""

    _name = "newsletter.access.wizard"
    _inherit = "newsletter.person.wizard"
    _description = "Access Request"

    typed = fields.Char(required=True)
    whole_person = fields.Boolean(
        string="All Addresses of the Person",
        default=True,
        help="Also further addresses of the contact, of their leads and mailing "
        "contacts. Make sure that they are the same person's.",
    )
    address_text = fields.Char(compute="_compute_found", string="Addresses")
    found_html = fields.Html(compute="_compute_found", sanitize=False)
    nothing = fields.Boolean(compute="_compute_found")

    @api.depends("typed", "company_id", "whole_person")
    def _compute_found(self):
        data = self.env["newsletter.personal.data"]
        for wizard in self:
            allowed = wizard.company_id in self.env.companies
            emails = wizard._emails() if allowed else []
            counted = data._count(emails, wizard.company_id)
            wizard.address_text = ", ".join(emails)
            wizard.nothing = bool(emails) and not counted
            wizard.found_html = self.env["ir.qweb"]._render(
                "newsletter_sync.access_found",
                {
                    "rows": [
                        (data._title(name), number) for name, number in counted.items()
                    ]
                },
            )

    def _emails(self):
        self.ensure_one()
        return self.env["newsletter.personal.data"]._addresses(
            self._typed_emails(), self.company_id, self.whole_person
        )

    @api.model
    def _open_for(self, records):
        """The dialog for what ``_open_person`` takes.

        :raises AccessError: without the right to answer
        """
        self.env["newsletter.personal.data"]._check_may_export(self.env.company)
        return self._open_person(records, self.env._("Answer one person at a time."))

    def action_download(self):
        """The file: JSON and a page to read, as PDF where the server can print."""
        self.ensure_one()
        if not self._emails():
            raise UserError(self.env._("There is no e-mail address here."))
        return {
            "type": "ir.actions.act_url",
            "url": f"/newsletter_sync/access/{self.id}/access-request.zip",
            "target": "download",
        }

    def _file(self):
        """The ZIP as bytes. The export is logged.

        :raises AccessError: without the right to answer
        """
        self.ensure_one()
        data = self.env["newsletter.personal.data"]._export(
            self._emails(), self.company_id
        )
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(
                "access-request.json",
                self.env["newsletter.personal.data"]._export_json(data),
            )
            archive.writestr(*self._page(data))
        return packed.getvalue()

    def _page(self, data):
        """(name, content) of the page to read."""
        report = self.env["ir.actions.report"]
        values = {"data": data, "text": self._text}
        body = self.env["ir.qweb"]._render("newsletter_sync.access_page", values)
        if report.get_wkhtmltopdf_state() in ("ok", "workers"):
            return "access-request.pdf", report._run_wkhtmltopdf([str(body)])
        return "access-request.html", str(body)

    @api.model
    def _text(self, value):
        """A value of the export on the page."""
        if value is True:
            return self.env._("Yes")
        if isinstance(value, (dict, list)):
            return json.dumps(value, ensure_ascii=False)
        return str(value)


class NewsletterRecipient(models.AbstractModel):
    _inherit = "newsletter.recipient"

    def action_newsletter_access(self):
        """Answer an access request of this person."""
        return self.env["newsletter.access.wizard"]._open_for(self)


class NewsletterMember(models.Model):
    _inherit = "newsletter.member"

    def action_newsletter_access(self):
        return self.env["newsletter.access.wizard"]._open_for(self)


class NewsletterConsent(models.Model):
    _inherit = "newsletter.consent"

    def action_newsletter_access(self):
        return self.env["newsletter.access.wizard"]._open_for(self)
