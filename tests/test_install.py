"""The addon is installed and the running code is this checkout's."""

from odoo.tests import TransactionCase, tagged


@tagged("post_install", "-at_install")
class TestInstall(TransactionCase):
    def test_installed_with_what_it_depends_on(self):
        module = self.env["ir.module.module"].search([("name", "=", "newsletter_sync")])
        self.assertEqual(module.state, "installed")
        needed = module.dependencies_id.mapped("depend_id")
        self.assertEqual(set(needed.mapped("state")), {"installed"})
