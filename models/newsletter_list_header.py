"""What a clerk wants to know of a mailing list before anything else (C25)."""

from odoo import fields, models

from .newsletter_assignment import LIST_TYPES


class NewsletterProcessingActivity(models.Model):
    """For what the people of a list are written to, as the register of processing
    activities (Article 30 GDPR) names it."""

    _name = "newsletter.processing.activity"
    _description = "Processing Activity"
    _order = "name, id"

    name = fields.Char(required=True)
    active = fields.Boolean(default=True)
    legal_basis = fields.Char(
        help="Such as “Consent, Article 6 (1) a GDPR”. For the register; nothing is "
        "decided by it."
    )
    description = fields.Text()

    _name_once = models.UniqueIndex(
        "(name) WHERE active", "There is a processing activity of this name already."
    )


class MailingSubscription(models.Model):
    _inherit = "mailing.subscription"

    newsletter_activity_ids = fields.Many2many(
        "newsletter.processing.activity",
        "newsletter_activity_subscription_rel",
        "subscription_id",
        "activity_id",
        string="Processing Activities",
        help="For what this person is on this list (Article 30 GDPR).",
    )


class MailingList(models.Model):
    _inherit = "mailing.list"

    newsletter_short_name = fields.Char(string="Short Name")
    newsletter_user_id = fields.Many2one(
        "res.users",
        string="Responsible",
        default=lambda self: self.env.user,
        copy=False,
    )
    newsletter_date = fields.Date(
        string="Date", default=fields.Date.context_today, copy=False
    )
    newsletter_type = fields.Selection(
        LIST_TYPES,
        string="Type",
        required=True,
        default="list",
        help="An e-mail list lives on; a one-off mailing keeps the people of a single "
        "sending.",
    )
    newsletter_state = fields.Selection(
        [("running", "Running"), ("ended", "Ended")],
        string="State",
        required=True,
        default="running",
        copy=False,
        help="To a list that has ended nobody is added by hand any more. Whoever "
        "leaves is still taken off.",
    )
    newsletter_description = fields.Text(string="Description")
    newsletter_activity_ids = fields.Many2many(
        "newsletter.processing.activity",
        "newsletter_activity_list_rel",
        "list_id",
        "activity_id",
        string="Processing Activities",
        help="Proposed for everybody who is added to the list.",
    )
