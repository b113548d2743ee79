"""O02 and O04 with every tool: another address is no other person."""

from .common_tools import EveryTool
from .common_two_way import TwoWayCase


class TestIdentityEveryTool(EveryTool, TwoWayCase):
    def test_every_tool(self):
        self._with_each_tool(self._both_ways, others="draft")

    def _both_ways(self, connection):
        code = connection.provider
        tool = self.sandbox.tools[code]
        name = f"Moves {code}"
        self.list_id = tool.new_list(name)
        connection._refresh_lists()
        remote = connection.remote_list_ids.filtered(lambda each: each.name == name)
        self.place = self.env["mailing.list"].create({"name": name})
        self.moved = self._couple(
            connection,
            self.place,
            remote.remote_id,
            new_contacts="contact",
            automation="manual",
        )
        anna, ben = (f"{each}.{code}@example.org" for each in ("anna", "ben"))
        for email in (anna, ben):
            tool.act("subscribe", self.list_id, email)
            tool.act("confirm", self.list_id, email)
        self._fetch(tool)
        members = {member.email: member for member in self.moved.member_ids}
        self.assertEqual(sorted(members), [anna, ben])
        contacts = {email: member.partner_id for email, member in members.items()}
        # scenario A: in Odoo only
        new_anna = f"anna.new.{code}@example.org"
        self._consent(new_anna, "confirmed")
        contacts[anna].email = new_anna
        self._fetch(tool)
        self.assertEqual(members[anna].task, "change_address")
        self._transmit(tool)
        self.assertEqual(members[anna].email, new_anna, members[anna].result_text)
        # scenario B: in the tool only
        new_ben = f"ben.new.{code}@example.org"
        tool.act("change_address", self.list_id, ben, new=new_ben)
        self._fetch(tool)
        self.assertEqual(contacts[ben].email, new_ben)
        self._fetch(tool)
        self.assertEqual(
            sorted(self.moved.member_ids.mapped("email")), [new_anna, new_ben]
        )
        self.assertEqual(self.moved.member_ids, members[anna] | members[ben])
        self.assertEqual(set(self.moved.member_ids.mapped("result")), {"success"})
        self.assertFalse(self.moved.member_ids.filtered("task"))
        self.assertEqual(
            self.env["res.partner"].search_count(
                [("email", "=ilike", f"%.{code}@example.org")]
            ),
            2,
            "nobody became two",
        )
        self.assertEqual(
            sorted(self.place.contact_ids.mapped("email")), [new_anna, new_ben]
        )

    def _fetch(self, tool):
        self.sandbox.settle()
        run = self._go("fetch", self.moved, whole=True)
        self._drain(run)

    def _transmit(self, tool):
        run = self._go("transmit", self.moved)
        if run.state == "preview":
            self._approve(run)
        self._drain(run)
        self.sandbox.settle()

    def _drain(self, run):
        """Go on until asynchronous tools have carried it out."""
        for _turn in range(20):
            if run.state in ("done", "stopped", "cancelled"):
                break
            run.sudo().next_try_at = False
            self._work(run)
        self.assertEqual(run.state, "done", run.message)
