"""The mailbox that the tool has mailed is the one that left, whoever has it in Odoo."""

from odoo.tests import tagged

from .common_two_way import TwoWayCase

OLD, NEW = "emil@example.org", "emil.neu@example.org"


@tagged("post_install", "-at_install")
class TestLeavingMailbox(TwoWayCase):
    def test_who_leaves_with_an_address_that_odoo_has_changed_leaves_with_both(self):
        """Emil has a new address in Odoo, and a namesake there has his former one."""
        emil = self._contact("Emil", OLD)
        self._at_tool(OLD)
        self._go("fetch", whole=True)
        self.assertEqual(self._of(OLD).remote_status, "subscribed")
        emil.email = NEW
        namesake = self._contact("Emilia", OLD)
        self._at_tool(OLD, deactivated=1_900_000_000)
        self._go("fetch", whole=True)
        for contact in emil, namesake:
            with self.subTest(contact.name):
                self.assertTrue(self._subscription(contact).opt_out)
        consents = self.env["newsletter.consent"]._effective(
            [OLD, NEW], self.env.company, self.mailing_list
        )
        self.assertEqual({state for state, _at in consents.values()}, {"withdrawn"})

    def test_a_stranger_is_called_as_the_tool_calls_them(self):
        """Nobody in Odoo is meant, so nobody has to decide about the address."""
        self.coupling.new_contacts = "ask"
        self._at_tool(OLD)
        self._go("fetch", whole=True)
        self.assertEqual(self._of(OLD).result, "new_contact")
        (member,) = self._at_tool().values()
        self.sandbox.store.save("cleverreach", [member.copy(email=NEW)])
        self._go("fetch", whole=True)
        self.assertFalse(self._of(OLD))
        self.assertEqual(self._of(NEW).result, "new_contact")

    def test_a_stranger_who_is_blocked_does_not_escape_by_another_address(self):
        self.coupling.new_contacts = "ask"
        self._at_tool(OLD)
        self._go("fetch", whole=True)
        self.env["mail.blacklist"]._add(OLD)
        (member,) = self._at_tool().values()
        self.sandbox.store.save("cleverreach", [member.copy(email=NEW)])
        self._go("fetch", whole=True)
        self.assertEqual(
            (self._of(OLD).result, self._of(OLD).task), ("blocked", "unsubscribe")
        )
