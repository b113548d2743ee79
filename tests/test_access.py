"""The right of access: one file with everything that is known of a person (X4)."""

import io
import json
import re
import zipfile
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, new_test_user, tagged

from ..models.newsletter_personal_data import NOT_A_PLACE, PLACES
from .test_erasure import ANNA, ErasureCase

#: names of fields that tell who somebody is
_ADDRESS_LIKE = re.compile(r"(^|_)(e?mail|sender|address|recipient|person)(_|$)")
#: links to somebody
_PEOPLE = ("res.partner", "mailing.contact", "crm.lead", "newsletter.member")


class AccessCase(ErasureCase):
    def _export(self, email=ANNA, user=None):
        self.env.flush_all()
        data = self.env["newsletter.personal.data"].with_user(user or self.officer)
        return data._export([email], self.env.company)

    def _known(self):
        """Anna, of whom something is known in many places."""
        partner, contact = self._subscribed()
        self._leave(reason="Too many mails", channel="phone")
        self._turn()
        mailing = self.env["mailing.mailing"].create(
            {
                "subject": "May news",
                "contact_list_ids": self.mailing_list.ids,
                "mailing_model_id": self.env["ir.model"]._get("mailing.list").id,
                "body_html": "<p>News</p>",
                "state": "done",
            }
        )
        trace = self.env["mailing.trace"].create(
            {
                "mass_mailing_id": mailing.id,
                "model": "mailing.contact",
                "res_id": contact.id,
                "email": ANNA,
                "trace_status": "open",
            }
        )
        link = self.env["link.tracker"].create({"url": "https://example.org/news"})
        self.env["link.tracker.click"].create(
            {"link_id": link.id, "mailing_trace_id": trace.id, "ip": "192.0.2.7"}
        )
        return partner


@tagged("post_install", "-at_install")
class TestAccess(AccessCase):
    def test_X4_every_model_with_people_is_in_the_export(self):
        """Complete by construction: a new model has to say where it belongs."""
        listed = {place.model for place in PLACES} | set(NOT_A_PLACE)
        self.assertFalse({place.model for place in PLACES} & set(NOT_A_PLACE))
        for name, model in self.env.registry.items():
            if not name.startswith("newsletter.") or model._transient:
                continue
            if model._abstract:
                continue
            telling = [
                field.name
                for field in model._fields.values()
                if (
                    field.type in ("char", "text", "json", "html")
                    and _ADDRESS_LIKE.search(field.name)
                )
                or (field.type == "many2one" and field.comodel_name in _PEOPLE)
            ]
            stored = [each for each in telling if model._fields[each].store]
            with self.subTest(name):
                self.assertTrue(
                    name in listed or not stored,
                    f"{name} holds people ({', '.join(stored)}): name it in PLACES, or "
                    "in NOT_A_PLACE with the reason",
                )

    def test_X4_every_place_can_be_asked(self):
        for place in PLACES:
            data = self.env["newsletter.personal.data"]
            self.assertFalse(data._records(place.model, [ANNA], self.env.company))
            self.assertTrue(data._shown_fields(place), place.model)

    def test_X4_everything_is_in_the_file(self):
        self._known()
        data = json.loads(
            self.env["newsletter.personal.data"]._export_json(self._export())
        )
        told = {place["place"]: place["records"] for place in data["places"]}
        counted = self._rest()
        self.assertEqual(
            {name: len(records) for name, records in told.items()}, counted
        )
        for name in (
            *("res.partner", "mailing.contact", "mailing.subscription"),
            *("mail.blacklist", "newsletter.consent", "newsletter.consent.event"),
            *("newsletter.member", "newsletter.leaving", "newsletter.leaving.receipt"),
            *("newsletter.run.line", "newsletter.event", "mailing.trace"),
            "link.tracker.click",
        ):
            self.assertTrue(told.get(name), f"{name} is missing")
        self.assertEqual(told["newsletter.leaving"][0]["reason"], "Too many mails")
        self.assertEqual(told["mailing.trace"][0]["email"], ANNA)
        self.assertEqual(data["accounts"][0]["lists"], ["Club news"])
        self.assertEqual(data["purposes"], ["Newsletter by e-mail"])
        kinds = {piece["kind"] for piece in told["newsletter.consent.event"]}
        self.assertEqual(kinds, {"Request", "Confirmation", "Withdrawal"})

    def test_X4_the_country_is_that_of_the_account_and_not_of_its_name(self):
        twin = self._connect()
        self.assertEqual(twin.name, self.connection.name)
        twin.agreement_country_id = self.env.ref("base.us")
        self.connection.agreement_country_id = self.env.ref("base.de")
        third = self._connect()
        held = {
            each: [{"lists": {"1": "Club news"}}]
            for each in (self.connection, twin, third)
        }
        erasure = type(self.env["newsletter.erasure"])
        with patch.object(erasure, "_held", return_value=held) as asked:
            rows = self.env["newsletter.personal.data"]._told_accounts(
                [ANNA], self.env.company
            )
        asked.assert_called_once()
        self.assertEqual(
            [row.get("country") for row in rows], ["Germany", "United States", None]
        )

    def test_X4_no_secrets_and_no_employees(self):
        self._known()
        self.env["newsletter.preference"]._headers(
            ANNA, self.env.company, self.mailing_list
        )
        text = json.dumps(self._export())
        for word in ("token_digest", "_salt", "seal", "user_name", "Marc Demo"):
            self.assertNotIn(f'"{word}', text)

    def test_X4_is_logged_with_a_masked_address(self):
        self._known()
        self._export()
        event = self.env["newsletter.event"].search([("code", "=", "access_request")])
        self.assertEqual(event.user_id, self.officer)
        self.assertIn("a***@example.org", event.text)
        self.assertNotIn(ANNA, event.text)

    def test_X4_nobody_else(self):
        self._known()
        admin = new_test_user(
            self.env,
            "tool.admin",
            groups="base.group_user,newsletter_sync.group_administrator",
        )
        for user in (self.clerk, admin):
            with self.assertRaises(AccessError):
                self._export(user=user)
        company = self.env["res.company"].create({"name": "Other"})
        data = self.env["newsletter.personal.data"].with_user(self.officer)
        with self.assertRaises(AccessError):
            data._export([ANNA], company)
        with self.assertRaises(UserError):
            self._export("no address")

    def test_X4_other_companies_data_are_not_told(self):
        other = self.env["res.company"].create({"name": "Other"})
        theirs = self.env["newsletter.consent"]._for_address(ANNA, other)
        theirs._record("confirmation")
        self._person("Anna", ANNA, "none", company_id=other.id)
        self.assertFalse(self._export()["places"])

    def test_X4_a_bare_address_and_one_that_nobody_knows(self):
        wizard = self.env["newsletter.access.wizard"].with_user(self.officer)
        wizard = wizard.create({"typed": "Nobody <nobody@example.org>"})
        self.assertTrue(wizard.nothing)
        with zipfile.ZipFile(io.BytesIO(wizard._file())) as archive:
            data = json.loads(archive.read("access-request.json"))
        self.assertEqual(data["addresses"], ["nobody@example.org"])
        self.assertFalse(data["places"] or data["accounts"])

    def test_X4_all_addresses_of_the_person(self):
        partner = self._person("Anna Muster", ANNA)
        private = "private@example.net"
        self._person(
            "Anna Muster", private, "none", newsletter_same_person_id=partner.id
        )
        action = partner.with_user(self.officer).action_newsletter_access()
        wizard = self.env[action["res_model"]].with_user(self.officer)
        wizard = wizard.browse(action["res_id"])
        self.assertEqual(wizard._emails(), [ANNA, private])
        wizard.whole_person = False
        self.assertEqual(wizard._emails(), [ANNA])

    def test_X4_the_page_reads_well(self):
        self._known()
        wizard = self.env["newsletter.access.wizard"].with_user(self.officer)
        wizard = wizard.create({"typed": ANNA})
        name, page = wizard._page(self._export())
        self.assertIn(name, ("access-request.html", "access-request.pdf"))
        if name.endswith("html"):
            for word in ("Club news", "Too many mails", "May news", "Your rights"):
                self.assertIn(word, page)
            self.assertNotIn("<script", page)


@tagged("post_install", "-at_install")
class TestAccessFile(HttpCase):
    def test_X4_the_file_is_for_whoever_asked(self):
        for login in ("the.officer", "colleague"):
            new_test_user(
                self.env,
                login,
                groups="base.group_user,newsletter_sync.group_privacy",
            )
        wizards = self.env["newsletter.access.wizard"]
        wizard = wizards.with_user(
            self.env["res.users"].search([("login", "=", "the.officer")])
        ).create({"typed": ANNA})
        url = f"/newsletter_sync/access/{wizard.id}/access-request.zip"
        self.authenticate("the.officer", "the.officer")
        answer = self.url_open(url)
        self.assertEqual(answer.status_code, 200)
        self.assertEqual(answer.headers["Cache-Control"], "no-store")
        with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
            self.assertIn("access-request.json", archive.namelist())
        self.authenticate("colleague", "colleague")
        self.assertNotEqual(self.url_open(url).status_code, 200)
