"""Ask why a block shall be removed (rule W9)."""

from odoo import fields, models


class NewsletterLiftWizard(models.TransientModel):
    """Asks why a leaving shall stand no more."""

    _name = "newsletter.lift.wizard"
    _description = "Lift a Newsletter Leaving"

    leaving_ids = fields.Many2many("newsletter.leaving", required=True)
    reason = fields.Char(
        required=True,
        help="Such as “Wrong person blocked, see call of 3 May”. It is kept with your "
        "name.",
    )

    def action_lift(self):
        self.ensure_one()
        self.leaving_ids.check_access("read")
        self.leaving_ids._lift_for(self.reason)
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._(
                    "Lifted. Nobody was subscribed; that needs a new consent."
                ),
                "next": {"type": "ir.actions.act_window_close"},
            },
        }
