"""Delete mailings, or rather archive them: what was sent to whom is history."""

from odoo import Command, api, fields, models
from odoo.exceptions import UserError


class NewsletterMailingDeletion(models.TransientModel):
    """Warns of recipients, names the periods of retention, asks finally (N10, N11)."""

    _name = "newsletter.mailing.deletion"
    _description = "Deletion of Mailings"
    _inherit = ["newsletter.deletion.question"]
    _back_to = "mass_mailing.mailing_mailing_action_mail"

    way = fields.Selection(
        [
            ("archive", "Archive them: hidden, their history stays"),
            ("delete", "Delete for good"),
        ],
    )
    mailing_ids = fields.Many2many(
        "mailing.mailing",
        string="Mailings",
        readonly=True,
        context={"active_test": False},
    )
    mailing_count = fields.Integer(
        string="Number of Mailings", compute="_compute_counts"
    )
    waiting_count = fields.Integer(
        string="Of These Waiting to Be Sent", compute="_compute_counts"
    )
    recipient_count = fields.Integer(string="Recipients", compute="_compute_counts")
    typed_people = fields.Integer(string="Number of recipients")

    @api.depends("mailing_ids")
    def _compute_counts(self):
        for deletion in self:
            mailings = deletion.mailing_ids
            deletion.mailing_count = len(mailings)
            deletion.waiting_count = len(
                mailings.filtered(lambda mailing: mailing.state == "in_queue")
            )
            deletion.recipient_count = self.env["mailing.trace"].search_count(
                [("mass_mailing_id", "in", mailings.ids)]
            )

    def _asked_about(self):
        return self.mailing_ids, self.recipient_count

    def _delete(self, records, count):
        """With everything that is known of the recipients.

        :raises UserError: one of the mailings is on its way
        """
        sending = records.filtered(lambda mailing: mailing.state == "sending")
        if sending:
            raise UserError(
                self.env._(
                    "“%s” is being sent. Wait until it was sent; then archive it.",
                    sending[0].display_name,
                )
            )
        names = ", ".join(f"“{name}”" for name in records.mapped("display_name"))
        records.unlink()
        self.env["newsletter.event"]._log(
            "mailings_deleted",
            level="warning",
            text=self.env._(
                "%(user)s deleted mailings with %(count)s recipients: %(names)s.",
                user=self.env.user.name,
                count=count,
                names=names,
            ),
        )


class MailingMailing(models.Model):
    _inherit = "mailing.mailing"

    def action_newsletter_delete(self):
        """Ask with the number of recipients whose traces would go."""
        deletion = self.env["newsletter.mailing.deletion"].create(
            {"mailing_ids": [Command.set(self.ids)]}
        )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Archive or Delete Mailings"),
            "res_model": deletion._name,
            "res_id": deletion.id,
            "views": [(False, "form")],
            "target": "new",
        }
