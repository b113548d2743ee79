from odoo import api, models

#: the entries of the action menu that this addon offers
OFFERED = (
    "newsletter_sync.action_push_partner",
    "newsletter_sync.action_push_mailing_contact",
    "newsletter_sync.action_push_lead",
    "newsletter_sync.action_push_consent",
)


class IrActionsActions(models.Model):
    _inherit = "ir.actions.actions"

    @api.model
    def get_bindings(self, model_name):
        """Offer nothing that needs a newsletter tool while none is connected."""
        bindings = super().get_bindings(model_name)
        ours = {
            action.id
            for name in OFFERED
            if (action := self.env.ref(name, raise_if_not_found=False))
        }
        offered = bindings.get("action", [])
        if not any(action["id"] in ours for action in offered):
            return bindings
        # sudo: whether a tool is connected is no secret, the connections may be
        if self.env["newsletter.connection"].sudo()._offered():
            return bindings
        rest = [action for action in offered if action["id"] not in ours]
        return {**bindings, "action": rest}
