"""What a dynamic list would do: who comes, who goes, who stays away and why."""

from collections import Counter

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..models.newsletter_dynamic import BAD_FILTER
from ..models.newsletter_list_people import SHOWN


class NewsletterDynamicPreview(models.TransientModel):
    """The numbers and names of one moment; *Apply* looks afresh and carries it out."""

    _name = "newsletter.dynamic.preview"
    _description = "Preview of a Dynamic List"

    dynamic_id = fields.Many2one(
        "newsletter.dynamic.list", required=True, readonly=True, ondelete="cascade"
    )
    list_name = fields.Char(related="dynamic_id.mailing_list_id.name")
    matching_count = fields.Integer(string="Match the Filter", readonly=True)
    coming_count = fields.Integer(string="Would Come", readonly=True)
    coming = fields.Text(readonly=True)
    going_count = fields.Integer(string="Would Go", readonly=True)
    going = fields.Text(readonly=True)
    going_means = fields.Char(readonly=True)
    moving_count = fields.Integer(string="Would Get Another Address", readonly=True)
    moving = fields.Text(readonly=True)
    away = fields.Text(string="Would Stay Away", readonly=True)
    brake = fields.Char(readonly=True)

    @api.model
    def _open(self, dynamic):
        """The dialog about one filter.

        :raises UserError: the filter does not work
        """
        # sudo: counted past the rules of mailing lists; the filter has its own rights
        dynamic = dynamic.sudo()
        try:
            plan = dynamic._plan()
        except BAD_FILTER as error:
            raise UserError(
                self.env._("The filter does not work: %s", error)
            ) from error
        people = self.env["newsletter.list.people"]
        coming = plan.numbers["new"] + plan.numbers["returns"]
        away = Counter({**plan.numbers, "known": 0})
        preview = self.create(
            {
                "dynamic_id": dynamic.id,
                "matching_count": plan.matching,
                "coming_count": coming,
                "coming": people._listed(people._names(("new", "returns")), coming),
                "going_count": plan.going,
                "going": people._listed(dynamic._going_names(SHOWN), plan.going),
                "going_means": self._means(plan),
                "moving_count": plan.moving,
                "moving": people._listed(dynamic._moving_names(SHOWN), plan.moving),
                "away": "\n".join(people._reasons(away)) or False,
                "brake": "; ".join(dynamic._brake(plan)) or False,
            }
        )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Who Would Come and Go"),
            "res_model": self._name,
            "res_id": preview.id,
            "views": [(False, "form")],
            "target": "new",
        }

    def _means(self, plan):
        """What becomes of those who go."""
        if not plan.going:
            return False
        return {
            "keep": self.env._("They stay on the list."),
            "remove": self.env._(
                "They are taken off the list in Odoo. Coupled newsletter tools get a "
                "task to take them off, too."
            ),
            "unsubscribe": self.env._(
                "They stay on the list as unsubscribed, and are unsubscribed in the "
                "newsletter tools that are coupled."
            ),
        }[plan.way]

    def action_apply(self):
        """Do it, whatever the safety brake says: somebody has looked."""
        self.ensure_one()
        return self.dynamic_id._apply()
