"""What screens must not do: speak another language than their reader, or cut words."""

from pathlib import Path
from unittest.mock import patch

import polib
from lxml import etree

from odoo.tests import TransactionCase, tagged

#: pixels that a letter of a heading takes on average
LETTER = 8
#: what Odoo gives to numbers whose column says nothing else
NUMBERS = {"integer": 71, "float": 93}
_PO = Path(__file__).resolve().parents[1] / "i18n" / "de.po"


@tagged("post_install", "-at_install")
class TestScreens(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.lang"]._activate_lang("de_DE")
        cls.clerk = cls.env["res.users"].create(
            {"name": "Klara Kramer", "login": "klara@example.org", "lang": "de_DE"}
        )
        cls.connection = cls.env["newsletter.connection"].create(
            {"name": "Club", "provider": "cleverreach", "user_id": cls.clerk.id}
        )

    def _run(self, **values):
        run = self.env["newsletter.run"].sudo()
        return run.create(
            {"kind": "fetch", "connection_id": self.connection.id, **values}
        )

    def _runs_in(self, run):
        return self.env["newsletter.runner"]._browse_run(run.id).env.lang

    def test_what_odoo_begins_speaks_as_its_reader(self):
        run = self._run(user_id=self.env.ref("base.user_root").id)
        self.assertEqual(self._runs_in(run), "de_DE")
        self.connection.user_id = False
        self.connection.company_id.partner_id.lang = "de_DE"
        self.assertEqual(self._runs_in(run), "de_DE")

    def test_what_a_person_begins_speaks_as_the_person(self):
        admin = self.env.ref("base.user_admin")
        admin.lang = "en_US"
        self.assertEqual(self._runs_in(self._run(user_id=admin.id)), "en_US")

    def test_scheduled_actions_speak_as_their_reader(self):
        seen = []
        mine = self.env["ir.cron"].search(
            [("ir_actions_server_id.model_id.model", "=", "newsletter.runner")], limit=1
        )
        strange = self.env.ref("base.autovacuum_job")
        self.assertTrue(mine)

        def note(action):
            seen.append(action.env.lang)

        with (
            patch.object(type(self.env["ir.actions.server"]), "run", note),
            patch.object(self.env.cr, "commit", lambda: None),
        ):
            for cron in mine + strange:
                cron._callback(cron.name, cron.ir_actions_server_id.id)
        self.assertEqual(seen, ["de_DE", self.env.lang])

    def test_a_borrowed_selection_is_translated(self):
        label = self.env["ir.model.fields.selection"].search(
            [
                ("field_id.model", "=", "newsletter.connection"),
                ("field_id.name", "=", "webhook_state"),
                ("value", "=", "later"),
            ]
        )
        # not by the ORM, which would build all models anew for the other tests
        self.env.cr.execute(
            "UPDATE ir_model_fields_selection"
            " SET name = name || jsonb_build_object('de_DE', 'Sobald gekoppelt ist')"
            " WHERE id = %s",
            [label.id],
        )
        self.env.invalidate_all()
        self.env.registry.clear_cache()
        german = self.env(context={"lang": "de_DE"})
        for model in ("newsletter.connection", "newsletter.coupling"):
            said = dict(
                german[model]
                ._fields["webhook_state"]
                .get_description(german)["selection"]
            )
            self.assertEqual(said["later"], "Sobald gekoppelt ist", model)

    def test_a_call_is_named_as_its_reader_writes_the_time(self):
        call = (
            self.env["newsletter.delivery"]
            .sudo()
            .create(
                {
                    "received_at": "2026-01-02 10:11:12",
                    "connection_id": self.connection.id,
                    "company_id": self.connection.company_id.id,
                    "state": "ignored",
                }
            )
        )
        german = call.with_context(lang="de_DE", tz="UTC").display_name
        self.assertIn("02.01.2026", german)

    def test_thousands_are_written_as_the_reader_writes_them(self):
        remote = self.env["newsletter.remote.list"].create(
            {
                "connection_id": self.connection.id,
                "remote_id": "7",
                "name": "Club",
                "recipients": 12345,
            }
        )
        self.assertEqual(
            remote.with_context(lang="de_DE").display_name, "Club (12.345)"
        )
        self.assertEqual(
            remote.with_context(lang="en_US").display_name, "Club (12,345)"
        )

    def test_headings_of_numbers_are_not_cut(self):
        """Columns of numbers are as wide as a million, however long their name is."""
        german = {entry.msgid: entry.msgstr for entry in polib.pofile(str(_PO))}
        views = self.env["ir.ui.view"].search([("type", "=", "list")])
        ours = views.get_external_id()
        cut = []
        for view in views.filtered(
            lambda view: (
                ours[view.id].startswith("newsletter_sync.")
                and view.model.startswith("newsletter.")
            )
        ):
            fields = self.env[view.model]._fields
            for node in etree.fromstring(view.arch_db).iter("field"):
                field = fields.get(node.get("name"))
                if (
                    field is None
                    or field.type not in NUMBERS
                    or node.get("column_invisible")
                    or node.get("widget")
                ):
                    continue
                label = node.get("string") or field.string
                longest = max(len(label), len(german.get(label, "")))
                width = int((node.get("width") or "0").removesuffix("px"))
                if longest * LETTER > (width or NUMBERS[field.type]):
                    cut.append(f"{ours[view.id]}: {field.name} ({label})")
        self.assertFalse(cut, "Give these columns a width.")
