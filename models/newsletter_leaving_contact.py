"""What a contact shows of leaving; single addresses and numbers kept out (B21, B22).

An address or a number that is kept out stays as it is: invoices, reminders and calls
that are no advertising still use it. Odoo's own blocklists keep it out.
"""

from odoo import api, fields, models


class NewsletterRecipient(models.AbstractModel):
    _inherit = "newsletter.recipient"

    newsletter_leaving_ids = fields.Many2many(
        "newsletter.leaving",
        compute="_compute_newsletter_leaving_ids",
        string="Leavings",
        groups="newsletter_sync.group_user",
    )
    newsletter_email_kept_out = fields.Boolean(
        string="E-mail Kept Out of Marketing",
        compute="_compute_newsletter_email_kept_out",
        inverse="_inverse_newsletter_email_kept_out",
        groups="newsletter_sync.group_user",
        help="This address gets no advertising; the person's other addresses may. "
        "Invoices and other necessary mails still use it.",
    )

    def _compute_newsletter_leaving_ids(self):
        by_email = {}
        for leaving in self.env["newsletter.leaving"].search(
            [("email", "in", self._newsletter_known_addresses())]
        ):
            by_email.setdefault(leaving.email, []).append(leaving.id)
        for record in self:
            record.newsletter_leaving_ids = by_email.get(record.email_normalized, [])

    @api.depends("email_normalized")
    def _compute_newsletter_email_kept_out(self):
        # sudo: whether somebody may be written to, for every user alike
        entries = (
            self.env["mail.blacklist"]
            .sudo()
            .search([("email", "in", self._newsletter_known_addresses())])
        )
        blocked = set(entries.mapped("email"))
        for record in self:
            record.newsletter_email_kept_out = record.email_normalized in blocked

    def _inverse_newsletter_email_kept_out(self):
        leavings = self.env["newsletter.leaving"]
        kept_out = self.filtered("newsletter_email_kept_out")
        leavings._take_in(
            {email: {} for email in kept_out._newsletter_known_addresses()},
            self.env.company,
            "blocklist",
            "address",
        )
        blocks = leavings._standing_blocks(
            (self - kept_out)._newsletter_known_addresses()
        ).with_env(self.env)
        if blocks:
            blocks._lift_for(blocks._ask_for_reason(blocks.mapped("email")))

    def _newsletter_known_addresses(self):
        return [email for email in self.mapped("email_normalized") if email]


class NewsletterPhoneRecipient(models.AbstractModel):
    """A record with a phone number that may be kept out of marketing by itself."""

    _name = "newsletter.phone.recipient"
    _description = "Newsletter Recipient With Phone"

    newsletter_phone_kept_out = fields.Boolean(
        string="Phone Kept Out of Marketing",
        compute="_compute_newsletter_phone_kept_out",
        inverse="_inverse_newsletter_phone_kept_out",
        groups="newsletter_sync.group_user",
        help="This number gets no advertising and is not sent to newsletter tools. "
        "It stays as it is for everything else.",
    )

    @api.depends("phone_sanitized")
    def _compute_newsletter_phone_kept_out(self):
        for record in self:
            record.newsletter_phone_kept_out = record.phone_sanitized_blacklisted

    def _inverse_newsletter_phone_kept_out(self):
        for record in self.filtered("phone_sanitized"):
            if record.newsletter_phone_kept_out:
                record._phone_set_blacklisted()
            else:
                record._phone_reset_blacklisted()
        self.invalidate_recordset(["phone_sanitized_blacklisted", "phone_blacklisted"])


class ResPartner(models.Model):
    _name = "res.partner"
    _inherit = ["res.partner", "newsletter.phone.recipient"]


class CrmLead(models.Model):
    _name = "crm.lead"
    _inherit = ["crm.lead", "newsletter.phone.recipient"]


class PhoneBlacklist(models.Model):
    _inherit = "phone.blacklist"

    @api.model_create_multi
    def create(self, vals_list):
        entries = super().create(vals_list)
        entries._newsletter_note()
        return entries

    def write(self, vals):
        result = super().write(vals)
        if "active" in vals:
            self._newsletter_note()
        return result

    def _newsletter_note(self):
        """Let the tools hear that a number may not be used any more, or again."""
        # sudo: the outbox is written by code only
        members = self.env["newsletter.member"].sudo()
        numbers = self.mapped("number")
        self.env["newsletter.change"]._note(
            members.search(
                [
                    "|",
                    ("partner_id.phone_sanitized", "in", numbers),
                    ("lead_id.phone_sanitized", "in", numbers),
                ]
            )
        )


class NewsletterFieldMapping(models.Model):
    _inherit = "newsletter.field.mapping"

    def _read_values(self, records):
        """No number that is kept out of marketing leaves the house."""
        result = super()._read_values(records)
        for mapping in self:
            key = str(mapping.id)
            numbers = {}
            for record in records:
                if result[record.id].get(key) and (owner := mapping._phone_of(record)):
                    numbers[record.id] = owner._phone_format(
                        number=result[record.id][key]
                    )
            if not numbers:
                continue
            # sudo: what keeps somebody from being called counts for every user
            entries = (
                self.env["phone.blacklist"]
                .sudo()
                .search([("number", "in", [n for n in numbers.values() if n])])
            )
            blocked = set(entries.mapped("number"))
            for record_id, number in numbers.items():
                if number in blocked:
                    result[record_id][key] = ""
        return result

    def _phone_of(self, record):
        """The record whose phone number the path ends at, or None."""
        *way, last = self.path.split(".")
        for name in way:
            record = record[name][:1]
        return record if record and last in record._phone_get_number_fields() else None
