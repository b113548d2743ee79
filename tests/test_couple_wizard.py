"""The dialog that couples: four ways, settings, a preview that changes nothing."""

from dataclasses import replace

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, new_test_user, tagged

from ..connectors.errors import ServerFault
from ..models import newsletter_coupling_preview
from .common_two_way import TwoWayCase


@tagged("post_install", "-at_install")
class TestCoupleWizard(TwoWayCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env.company.write({"email": "office@example.org", "city": "Köln"})
        cls.manager = new_test_user(
            cls.env, "wizard.manager", groups="newsletter_sync.group_manager"
        )

    def setUp(self):
        super().setUp()
        # the list of the common set-up is free again
        self.remote_list = self.coupling.remote_list_id
        self.coupling.unlink()

    def _open(self, user=None, **values):
        wizards = self.env["newsletter.couple.wizard"].with_user(user or self.env.user)
        action = wizards.action_open()
        wizard = wizards.browse(action["res_id"])
        wizard.write(values)
        return wizard

    def _walk(self, wizard):
        """Next, next, couple: what a clerk presses."""
        self.env.flush_all()
        wizard.action_next()
        wizard.action_next()
        wizard.action_couple()
        self.env.invalidate_all()
        return wizard.coupling_id

    def _counts(self, wizard, **values):
        wizard.write(values)
        return {row["key"]: row["count"] for row in self._rows(wizard)}

    def _rows(self, wizard):
        self.env.flush_all()
        return self.env["newsletter.coupling.preview"]._rows(
            wizard.remote_list_id, wizard.mailing_list_id, wizard
        )

    # --- the four ways (E03) ---
    def test_two_that_exist(self):
        wizard = self._open(
            remote_list_id=self.remote_list.id, mailing_list_id=self.mailing_list.id
        )
        coupling = self._walk(wizard)
        self.assertEqual(coupling.remote_list_id, self.remote_list)
        self.assertEqual(coupling.mailing_list_id, self.mailing_list)
        self.assertEqual(coupling.direction, "both")
        self.assertIn("Very good", wizard.done_message)
        self.assertEqual(wizard.step, "done")
        self.assertEqual(wizard.action_open_coupling()["res_id"], coupling.id)

    def test_a_list_of_the_tool_comes_to_odoo(self):
        wizard = self._open(way="new_local", remote_list_id=self.remote_list.id)
        coupling = self._walk(wizard)
        self.assertNotEqual(coupling.mailing_list_id, self.mailing_list)
        self.assertEqual(coupling.mailing_list_id.name, self.remote_list.name)

    def test_a_mailing_list_comes_to_the_tool_up_to_the_dry_run(self):
        """E09: list, settings and participants in one go, nothing without approval."""
        self._contact("Anna", "anna@example.org")
        self._contact("Ben", "ben@example.org")
        self._consent("anna@example.org", "confirmed")
        wizard = self._open(way="new_remote", mailing_list_id=self.mailing_list.id)
        self.env.flush_all()
        wizard.action_next()
        self.assertTrue(wizard.first_transmission)
        wizard.action_next()
        wizard.action_couple()
        self.env.invalidate_all()
        coupling = wizard.coupling_id
        self.assertEqual(coupling.remote_list_id.name, "Club news")
        action = wizard.action_first_transmission()
        self.env.invalidate_all()
        run = self.env["newsletter.run"].browse(action["res_id"])
        self.assertEqual((run.kind, run.state), ("transmit", "preview"), run.message)
        self.assertEqual(run.line_ids.mapped("email"), ["anna@example.org"])
        self.remote_id = coupling.remote_id
        self.assertEqual(self._at_tool(), {}, "nothing leaves before the approval")
        self._approve(run)
        self.assertEqual(set(self._at_tool()), {"anna@example.org"})

    def test_neither_exists(self):
        coupling = self._walk(self._open(way="new_both", remote_name="Choir"))
        self.assertEqual(coupling.mailing_list_id.name, "Choir")
        names = [each.name for each in self.connection._connector().lists()]
        self.assertIn("Choir", names)

    # --- nothing before the last button ---
    def test_nothing_is_made_before_couple_is_pressed(self):
        lists = self.env["mailing.list"].search_count([])
        wizard = self._open(way="new_both", remote_name="Choir")
        self.env.flush_all()
        wizard.action_next()
        wizard.action_next()
        self.assertEqual(wizard.step, "confirm")
        self.assertIn("Choir", wizard.preview)
        self.assertFalse(self.env["newsletter.coupling"].search([]))
        self.assertEqual(self.env["mailing.list"].search_count([]), lists)
        names = [each.name for each in self.connection._connector().lists()]
        self.assertNotIn("Choir", names)
        wizard.action_back()
        self.assertEqual(wizard.step, "settings")
        wizard.action_back()
        self.assertEqual((wizard.step, wizard.remote_name), ("choose", "Choir"))

    def test_a_tool_that_refuses_leaves_nothing_behind(self):
        wizard = self._open(way="new_both", remote_name="Choir")
        self.env.flush_all()
        wizard.action_next()
        wizard.action_next()
        connector = type(self.connection._connector())
        failing = self._fails(ServerFault("down", status=500))
        self.patch(connector, "create_list", failing)
        with self.assertRaisesRegex(UserError, "problem of its own"):
            wizard.action_couple()
        self.assertFalse(self.env["newsletter.coupling"].search([]))
        self.assertFalse(self.env["mailing.list"].search([("name", "=", "Choir")]))

    @staticmethod
    def _fails(error):
        def fail(*_args, **_options):
            raise error

        return fail

    # --- the preview ---
    def test_the_preview_counts_both_sides(self):
        self._at_tool("both@example.org")
        self._at_tool("known@example.org")
        self._at_tool("unknown@example.org")
        self._at_tool("left.there@example.org", deactivated=1_700_000_100)
        self._at_tool("left.here@example.org")
        self._at_tool("blocked@example.org")
        self._at_tool("left.both@example.org", deactivated=1_700_000_100)
        self.env["res.partner"].create({"name": "K", "email": "Known@example.org"})
        self.env["res.partner"].create(
            {"name": "U", "email": "unwanted@example.org", "no_marketing_email": True}
        )
        for name in ("both", "left.there", "may.join", "no.consent", "unwanted"):
            self._contact(name, f"{name}@example.org")
        self._contact("left", "left.here@example.org", opt_out_at="2024-01-01")
        self._contact("off", "off@example.org", opt_out_at="2024-01-01")
        self._contact("nothing", False)
        self._consent("may.join@example.org", "confirmed")
        self.env["mail.blacklist"]._add("blocked@example.org")
        wizard = self._open(
            remote_list_id=self.remote_list.id, mailing_list_id=self.mailing_list.id
        )
        sent = self.sandbox.requests.count("POST", "upsert")
        kinds = (
            *("both", "known", "unknown", "left_there", "left_here", "may_join"),
            *("no_consent", "blocked", "blocked_there", "left", "no_address"),
            "left_both",
        )
        self.assertEqual(self._counts(wizard), dict.fromkeys(kinds, 1))
        self.assertEqual(self.sandbox.requests.count("POST", "upsert"), sent)
        self.assertFalse(self.env["newsletter.member"].search([]))

    def test_a_long_list_is_only_counted(self):
        for number in range(3):
            self._at_tool(f"person{number}@example.org")
        self._contact("Anna", "anna@example.org")
        wizard = self._open(
            remote_list_id=self.remote_list.id, mailing_list_id=self.mailing_list.id
        )
        self.patch(newsletter_coupling_preview, "READ_PEOPLE", 2)
        self.assertEqual(self._counts(wizard), {"in_tool": 3, "no_consent": 1})

    def test_a_long_list_of_a_tool_that_tells_no_number_is_not_said_to_be_empty(self):
        """E16: what was read until it became too long is told as the least."""
        for number in range(3):
            self._at_tool(f"person{number}@example.org")
        wizard = self._open(
            remote_list_id=self.remote_list.id, mailing_list_id=self.mailing_list.id
        )
        connector = type(self.connection._connector())
        read = connector.members

        def in_pages_of_two(self, *args, **options):
            for page in read(self, *args, **options):
                yield replace(page, members=page.members[:2], cursor="more")

        self.patch(connector, "count", lambda self, list_id: None)
        self.patch(connector, "members", in_pages_of_two)
        self.patch(newsletter_coupling_preview, "READ_PEOPLE", 2)
        (row,) = self._rows(wizard)
        self.assertEqual((row["key"], row["number"]), ("in_tool", "at least 2"))
        self.patch(newsletter_coupling_preview, "READ_PEOPLE", 2000)
        self.patch(newsletter_coupling_preview, "READ_SECONDS", 0)
        (row,) = self._rows(wizard)
        self.assertEqual(row["number"], "at least 2", "nor when the time is over")
        wizard.action_next()
        wizard.action_next()
        self.assertIn("at least 2", wizard.preview)
        self.assertNotIn("Nobody is on either list", wizard.preview)

    def test_of_a_list_that_was_not_read_nobody_is_said_to_be_only_in_odoo(self):
        self._at_tool("anna@example.org")
        self._contact("Anna", "anna@example.org")
        wizard = self._open(
            remote_list_id=self.remote_list.id, mailing_list_id=self.mailing_list.id
        )
        self.patch(newsletter_coupling_preview, "READ_PEOPLE", 0)
        labels = {row["key"]: row["label"] for row in self._rows(wizard)}
        self.assertNotIn("Only in Odoo", labels["no_consent"])

    def test_what_follows_depends_on_the_direction(self):
        self._at_tool("unknown@example.org")
        wizard = self._open(
            remote_list_id=self.remote_list.id, mailing_list_id=self.mailing_list.id
        )

        def follows(**values):
            wizard.write(values)
            rows = self.env["newsletter.coupling.preview"]._rows(
                self.remote_list, self.mailing_list, wizard
            )
            return rows[0]["follows"]

        self.assertIn("mailing contact is created", follows(direction="both"))
        self.assertIn("you are asked", follows(new_contacts="ask"))
        self.assertIn("writes nothing", follows(direction="to_tool"))

    # --- settings of a new list (E07, E08) ---
    def test_the_tool_is_asked_exactly_what_it_demands(self):
        inxmail = self.env["newsletter.connection"].create(
            {"name": "Inx", "provider": "inxmail", "state": "connected"}
        )
        wizard = self.env["newsletter.couple.wizard"].create(
            {
                "connection_id": inxmail.id,
                "way": "new_remote",
                "mailing_list_id": self.mailing_list.id,
            }
        )
        wizard._to_settings()
        lines = {line.name: line for line in wizard.setting_ids}
        self.assertEqual(next(iter(lines)), "sender_email")
        self.assertNotIn("city", lines)
        self.assertTrue(lines["sender_email"].needed)
        self.assertFalse(lines["description"].needed)
        self.assertEqual(lines["sender_email"].value, "office@example.org")
        lines["sender_email"].value = "nobody"
        with self.assertRaisesRegex(UserError, "e-mail address: is no e-mail"):
            wizard._check_settings()
        lines["sender_email"].value = ""
        with self.assertRaisesRegex(UserError, "is missing"):
            wizard._check_settings()
        wizard.action_fill_settings()
        draft = wizard._list_draft("News")
        self.assertEqual(draft.settings["sender_email"], "office@example.org")

    def test_typed_settings_survive_going_back(self):
        wizard = self._open(way="new_both", remote_name="Choir")
        self.env.flush_all()
        wizard.action_next()
        line = wizard.setting_ids.filtered(lambda each: each.name == "description")
        line.value = "About singing"
        wizard.action_back()
        wizard.action_next()
        self.assertEqual(line.exists().value, "About singing")
        self.assertEqual(wizard._list_draft("x").description, "About singing")

    # --- what stands in the way ---
    def test_incomplete_choices_are_named(self):
        for values, message in (
            ({}, "choose a list of the tool"),
            ({"remote_list_id": self.remote_list.id}, "choose a mailing list"),
            ({"way": "new_both"}, "enter a name"),
        ):
            with self.subTest(values), self.assertRaisesRegex(UserError, message):
                self._open(**values).action_next()

    def test_a_coupled_list_is_not_offered_and_refused(self):
        self._couple()
        wizard = self._open(
            remote_list_id=self.remote_list.id, mailing_list_id=self.mailing_list.id
        )
        lists = self.env["newsletter.remote.list"]
        self.assertTrue(self.remote_list.coupled)
        self.assertNotIn(self.remote_list, lists.search([("coupled", "=", False)]))
        self.assertIn(self.remote_list, lists.search([("coupled", "=", True)]))
        with self.assertRaisesRegex(UserError, "coupled with the mailing list"):
            wizard.action_next()

    def test_somebody_else_was_faster(self):
        wizard = self._open(
            remote_list_id=self.remote_list.id, mailing_list_id=self.mailing_list.id
        )
        self.env.flush_all()
        wizard.action_next()
        wizard.action_next()
        self._couple()
        self.env.flush_all()
        with self.assertRaisesRegex(UserError, "coupled with the mailing list"):
            wizard.action_couple()

    def test_a_tool_without_the_means_says_so(self):
        capabilities = type(self.connection._connector()).capabilities
        self.patch(
            type(self.connection._connector()),
            "capabilities",
            capabilities.__class__(create_list=False),
        )
        wizard = self._open(way="new_both", remote_name="Choir")
        self.assertFalse(wizard.can_create_list)
        with self.assertRaisesRegex(UserError, "cannot create lists"):
            wizard.action_next()

    def test_a_clerk_without_the_right(self):
        with self.assertRaises(AccessError):
            self._open(self.clerk)
        coupling = self._walk(
            self._open(
                self.manager,
                remote_list_id=self.remote_list.id,
                mailing_list_id=self.mailing_list.id,
            )
        )
        self.assertTrue(coupling)

    def test_another_companys_tool_is_not_offered(self):
        company = self.env["res.company"].create({"name": "Elsewhere"})
        elsewhere = self._connect(company, name="Elsewhere")
        wizard = self._open(self.manager, way="new_both", remote_name="Choir")
        wizard.sudo().connection_id = elsewhere
        self.env.invalidate_all()
        with self.assertRaises(UserError):
            wizard.action_next()

    def test_the_form_opens(self):
        with Form(self._open()) as form:
            form.way = "new_local"
            form.remote_list_id = self.remote_list
            self.assertEqual(form.step, "choose")

    def test_reactions_are_offered_where_the_tool_asks(self):
        wizard = self._open(way="new_both", remote_name="Choir")
        self.assertFalse(wizard.chooses_reactions)
        inxmail = self.env["newsletter.connection"].create(
            {"name": "Inx", "provider": "inxmail", "state": "connected"}
        )
        wizard.connection_id = inxmail
        self.assertTrue(wizard.chooses_reactions)
        remote_list = self.env["newsletter.remote.list"].create(
            {"connection_id": inxmail.id, "remote_id": "1", "name": "Inx list"}
        )
        coupling = self._couple(inxmail, remote_id="1")
        self.assertEqual(coupling.remote_list_id, remote_list)
        anna = "anna@example.org"
        self.assertEqual(coupling._reactions([anna]), {anna: False}, "off by default")
        self.assertEqual(self._couple()._reactions([anna]), {anna: None}, "not asked")
