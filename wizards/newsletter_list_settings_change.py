"""Change name and settings of a list in the tool, where the tool takes changes."""

from odoo import fields, models
from odoo.exceptions import UserError

from ..connectors.list_settings import asked


class NewsletterListSettingsChange(models.TransientModel):
    """Begins with what the tool has now; what is left empty stays as it is there."""

    _name = "newsletter.list.settings.change"
    _description = "Change of a List in the Tool"

    coupling_id = fields.Many2one(
        "newsletter.coupling", required=True, readonly=True, ondelete="cascade"
    )
    name = fields.Char(string="Name in the Tool", required=True)
    setting_ids = fields.One2many("newsletter.couple.setting", "change_id")

    def _capabilities(self):
        return self.coupling_id.connection_id._connector_class().capabilities

    def action_send(self):
        """Write it in the tool at once."""
        self.ensure_one()
        self.coupling_id.check_access("write")
        if not (self.name or "").strip():
            raise UserError(self.env._("Please enter a name for the list."))
        self.setting_ids._check(self._capabilities())
        draft = self.setting_ids._draft(self.name.strip())
        self.coupling_id.remote_list_id._change_settings(draft)
        return self.coupling_id.connection_id._notify(
            self.env._("The settings were changed in the newsletter tool."), "success"
        )


class NewsletterCoupling(models.Model):
    _inherit = "newsletter.coupling"

    def action_change_settings(self):
        """Open the dialog with what the tool has now, else what was sent."""
        self.ensure_one()
        self.check_access("write")
        remote = self.remote_list_id
        known = {**(remote.sent_settings or {}), **(remote.told_settings or {})}
        can = self.connection_id._connector_class().capabilities
        lines = [
            fields.Command.create(
                {"name": name, "sequence": number, "value": known.get(name)}
            )
            for number, name in enumerate(asked(can))
        ]
        change = self.env["newsletter.list.settings.change"].create(
            {"coupling_id": self.id, "name": remote.name, "setting_ids": lines}
        )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Settings in the Tool"),
            "res_model": change._name,
            "res_id": change.id,
            "views": [(False, "form")],
            "target": "new",
        }
