"""The product that a mailing list is about (C25)."""

from odoo import api, fields, models


class MailingList(models.Model):
    _inherit = "mailing.list"

    newsletter_product_id = fields.Many2one(
        "product.template",
        string="Related Product",
        index="btree_not_null",
        help="What the list is about: a course, a magazine, a ticket.",
    )

    @api.onchange("newsletter_product_id")
    def _onchange_newsletter_product_id(self):
        """What the product says fills what is still empty; nothing is overwritten."""
        product = self.newsletter_product_id
        if not product:
            return
        self.name = self.name or product.name
        self.newsletter_short_name = self.newsletter_short_name or product.default_code
        self.newsletter_description = (
            self.newsletter_description or product.description_sale
        )

    @api.model
    def _newsletter_logged_fields(self):
        return [*super()._newsletter_logged_fields(), "newsletter_product_id"]
