"""Record a consent given on paper or by telephone, or an existing customer."""

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ..models.newsletter_consent import MEDIA
from ..sync.reactions import box

#: people that a clerk records at once
MOST = 100


class NewsletterConsentRecordWizard(models.TransientModel):
    """What staff record is never a double opt-in, and never without a proof (E5)."""

    _name = "newsletter.consent.record.wizard"
    _description = "Record a Consent"
    _check_company_auto = True

    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    emails = fields.Text(readonly=True, string="E-mail Addresses")
    kind = fields.Selection(
        [
            ("staff", "Consent on paper or by telephone"),
            ("customer", "Existing customer, without a consent"),
        ],
        default="staff",
        required=True,
    )
    mailing_list_id = fields.Many2one(
        "mailing.list",
        help="Empty: a consent for everything the company sends.",
    )
    medium = fields.Selection(MEDIA, default="email", required=True, string="By")
    purpose = fields.Char(
        required=True,
        default=lambda self: self.env._("Newsletter by e-mail"),
        help="What the person agreed to receive: products, services, subjects.",
    )
    date = fields.Date(
        string="Given on", required=True, default=fields.Date.context_today
    )
    wording = fields.Text(help="The words that the person signed or heard.")
    reactions = fields.Boolean(
        string="Also Allowed: Opens and Clicks",
        help="The person ticked or said separately that the tool may record who opens "
        "and clicks. The consent alone does not say so.",
    )
    note = fields.Text(help="Who took the consent, when, where and how.")
    document = fields.Binary(help="Scan of the card, letter, recording.")
    document_name = fields.Char()
    customer_reference = fields.Char(string="Number of the Sale")
    customer_products = fields.Char(string="Own Similar Products")
    customer_notice = fields.Char(string="Notice of the Right to Object")
    customer_each_mail = fields.Boolean(string="Each Mail Repeats the Notice")

    @api.model
    def _open_for(self, records):
        """The dialog for selected records.

        :raises UserError: nobody or too many were selected
        """
        if not records or len(records) > MOST:
            raise UserError(
                self.env._(
                    "Select 1 to %s records. Many consents come in by the import.", MOST
                )
            )
        records.check_access("read")
        emails = filter(None, records.mapped(records._newsletter_email_field()))
        wizard = self.create({"emails": "\n".join(dict.fromkeys(emails))})
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Record a consent"),
            "res_model": self._name,
            "res_id": wizard.id,
            "view_mode": "form",
            "target": "new",
        }

    def action_record(self):
        """Write the evidence.

        :raises AccessError: without the right, or for a company out of reach
        :raises UserError: a proof is missing, or the date lies in the future
        """
        self.ensure_one()
        self.env["newsletter.consent"].check_access("create")
        # evidence of erased people is written with sudo, which asks no company rule
        if self.company_id not in self.env.companies:
            raise AccessError(self.env._("Choose one of your companies."))
        addresses = (self.emails or "").splitlines()
        if not addresses:
            raise UserError(self.env._("None of the records has an e-mail address."))
        if self.date > fields.Date.context_today(self):
            raise UserError(self.env._("The date lies in the future."))
        if self.kind == "customer" and not self.customer_each_mail:
            raise UserError(
                self.env._("Each mail to customers has to name the right to object.")
            )
        # sudo: those of erased people are found and not seen; the state follows from
        # the evidence that is written next
        consents = self.env["newsletter.consent"].sudo()
        for email in addresses:
            consents |= self.env["newsletter.consent"]._for_address(
                email, self.company_id, self.mailing_list_id, self.medium
            )
        consents.write({"purpose": self.purpose})
        at = fields.Datetime.to_datetime(self.date)
        if self.date == fields.Date.context_today(self):
            at = fields.Datetime.now()
        told = {
            "note": self.note,
            "wording": self.wording,
            "source": self.env._("Recorded by staff"),
            "document": self.document,
            "document_name": self.document_name,
        }
        if self.kind == "staff":
            if self.reactions and self.medium == "email":
                told["boxes"] = box()
            consents._record("staff", at=at, **told)
        else:
            consents._record_customer(
                self.customer_reference,
                self.date,
                self.customer_products,
                self.customer_notice,
                at=at,
                **told,
            )
        kept_out = consents.filtered(lambda c: c._stands().state.value == "withdrawn")
        return self._said(consents, kept_out)

    def _said(self, consents, kept_out):
        message = self.env._("%s consents are recorded.", len(consents - kept_out))
        if kept_out:
            message = self.env._(
                "%(kept)s objected later than this consent was given: their objection "
                "stands. Recorded: %(number)s.",
                kept=len(kept_out),
                number=len(consents - kept_out),
            )
        erased = consents.filtered("restricted_until")
        if erased:
            message += " " + self.env._(
                "Erased on request before: %s. Their evidence stays under lock, and "
                "nothing is sent to them until they confirm a double opt-in.",
                len(erased),
            )
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "warning" if kept_out or erased else "success",
                "message": message,
                "sticky": bool(kept_out or erased),
                "next": {"type": "ir.actions.act_window_close"},
            },
        }
