"""One button over all couplings (F21), and what a row says when hovered (E05)."""

from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from .common_two_way import TwoWayCase


@tagged("post_install", "-at_install")
class TestCouplingMany(TwoWayCase):
    def setUp(self):
        super().setUp()
        self.mailing = self.env["mailing.list"].create(
            {"name": "Spring letter", "newsletter_type": "mailing"}
        )
        self.one_off = self._couple(
            mailing_list=self.mailing, remote_id=str(self.tool.new_list("Spring"))
        )
        self.couplings = self.coupling | self.one_off

    def _runs(self, action):
        self.assertEqual(action["res_model"], "newsletter.run")
        return self.env["newsletter.run"].search(action["domain"], order="id")

    def test_F21_all_running_couplings_are_fetched_the_mailings_first(self):
        self._at_tool("anna@example.org")
        paused = self._couple(
            mailing_list=self.env["mailing.list"].create({"name": "Paused"}),
            remote_id=str(self.tool.new_list("Paused")),
            state="paused",
        )
        self.env.flush_all()
        action = self.env["newsletter.coupling"].with_user(self.clerk)
        action = action.action_fetch_all()
        runs = self._runs(action)
        self.assertEqual(
            runs.mapped("coupling_id").ids, [self.one_off.id, self.coupling.id]
        )
        self.assertNotIn(paused, runs.coupling_id)
        self.assertEqual(set(runs.mapped("kind")), {"fetch"})
        self.assertEqual(runs.user_id, self.clerk)
        self.assertEqual(set(runs.mapped("state")), {"queued"}, "nobody waits for them")
        for run in runs:
            self._work(run)
        self.assertEqual(set(runs.mapped("state")), {"done"})
        self.assertTrue(self._of("anna@example.org"))

    def test_a_run_that_is_open_already_is_joined(self):
        self.env.flush_all()
        first = self._runs(self.couplings.action_fetch_selected())
        again = self._runs(self.couplings.action_fetch_selected())
        self.assertEqual(first, again)

    def test_what_goes_by_itself_after_that_is_shown_as_well(self):
        self.env.flush_all()
        action = self.coupling.action_fetch_selected()
        later = self.env["newsletter.run"].create(
            {
                "kind": "transmit",
                "phase": "plan",
                "coupling_id": self.coupling.id,
                "connection_id": self.connection.id,
            }
        )
        self.assertIn(later, self._runs(action))

    def test_whoever_is_left_out_is_named(self):
        self.one_off.action_pause()
        self.env.flush_all()
        action = self.couplings.action_fetch_selected()
        self.assertIn(self.one_off.name, action["params"]["message"])
        self.assertEqual(
            self._runs(action["params"]["next"]).coupling_id, self.coupling
        )
        with self.assertRaisesRegex(UserError, "nothing to fetch"):
            self.one_off.action_fetch_selected()

    def test_only_whoever_sees_them_fetches(self):
        other = self.env["res.company"].create({"name": "Other sender"})
        elsewhere = new_test_user(
            self.env,
            "fetcher.elsewhere",
            groups="newsletter_sync.group_user",
            company_id=other.id,
            company_ids=[(6, 0, other.ids)],
        )
        with self.assertRaises(UserError):
            self.env["newsletter.coupling"].with_user(elsewhere).action_fetch_all()
        stranger = new_test_user(self.env, "fetcher.none", groups="base.group_user")
        for user in (elsewhere, stranger):
            with self.subTest(user.login), self.assertRaises(AccessError):
                self.couplings.with_user(user).action_fetch_selected()
        self.assertFalse(
            self.env["newsletter.run"].search(
                [("coupling_id", "in", self.couplings.ids)]
            )
        )

    def test_E05_a_row_tells_what_its_lists_are(self):
        coupling = self.coupling.with_user(self.clerk)
        self.assertEqual(
            coupling.odoo_tooltip,
            "Club news · Type: Static · Members: Mailing contacts",
        )
        self.assertIn("Club news · ID in the newsletter tool: ", coupling.tool_tooltip)
        self.assertTrue(coupling.tool_tooltip.endswith(self.coupling.remote_id))
        self.coupling.mailing_list_id = False
        self.assertFalse(coupling.odoo_tooltip)
