"""What mails leave behind on contacts: successors, and where a contact came from."""

from odoo import fields, models


class ResPartner(models.Model):
    _inherit = "res.partner"

    newsletter_source_id = fields.Many2one(
        "utm.source",
        string="Source",
        ondelete="set null",
        index="btree_not_null",
        help="Where the contact came from, set once when it was created.",
    )
    newsletter_successor_id = fields.Many2one(
        "res.partner",
        string="Successor",
        ondelete="set null",
        index="btree_not_null",
        copy=False,
        help="Who took over when this person left the company.",
    )
    newsletter_predecessor_ids = fields.One2many(
        "res.partner", "newsletter_successor_id", string="Predecessors"
    )
