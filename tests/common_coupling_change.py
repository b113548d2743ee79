"""The dialogs of the expert functions, up to the button."""

from odoo.tests import new_test_user

from .common_two_way import TwoWayCase


class CouplingChangeCase(TwoWayCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager = new_test_user(
            cls.env, "change.manager", groups="newsletter_sync.group_manager"
        )

    def _open(self, name, user=None):
        coupling = self.coupling.with_user(user or self.env.user)
        self.env.flush_all()
        action = getattr(coupling, f"action_{name}")()
        return coupling.env[action["res_model"]].browse(action["res_id"])

    def _other_list(self, name="The right one"):
        remote_id = str(self.tool.new_list(name))
        self.connection._refresh_lists()
        return self.env["newsletter.remote.list"].search(
            [("remote_id", "=", remote_id)]
        )

    def _confirm(self, change, **values):
        change.write({"accepted": True, **values})
        self.env.flush_all()
        action = change.action_confirm()
        self.env.invalidate_all()
        return action
