"""What changed in Odoo and waits for the next comparison."""

from odoo import fields, models


class NewsletterChange(models.Model):
    """One row per touched record; only ever inserted, and deleted when compared.

    Inserting never waits for anybody: a save in Odoo neither waits for a newsletter
    tool nor fails because of it.
    """

    _name = "newsletter.change"
    _description = "Newsletter Change"
    _order = "id"
    _log_access = False

    res_model = fields.Char(required=True)
    res_id = fields.Integer(required=True)
    email = fields.Char(help="The address before the change, where it changed.")
