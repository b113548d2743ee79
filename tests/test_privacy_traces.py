"""What leaves the house or the database beside the data: logs, exports, the sender."""

import logging
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ..connectors.errors import ServerFault
from ..models import newsletter_sender
from .test_access import AccessCase
from .test_erasure import ANNA


class _Lines(logging.Handler):
    """Keeps every line that would be written."""

    def __init__(self):
        super().__init__(level=logging.DEBUG)
        self.text = ""

    def emit(self, record):
        self.text += self.format(record) + "\n"


@tagged("post_install", "-at_install")
class TestPrivacyTraces(AccessCase):
    def _listening(self):
        """What our own code writes to the log, at the chattiest level."""
        lines = _Lines()
        logger = logging.getLogger("odoo.addons.newsletter_sync")
        before = logger.level
        logger.setLevel(logging.DEBUG)
        logger.addHandler(lines)
        self.addCleanup(logger.setLevel, before)
        self.addCleanup(logger.removeHandler, lines)
        return lines

    def test_P1_a_whole_synchronisation_names_nobody(self):
        lines = self._listening()
        self._subscribed()
        self._synchronise(self._person("Ben", "ben@example.org"))
        self._leave()
        self._turn()
        self._erase()
        self._turn()
        self.assertIn("->", lines.text, "the calls are logged")
        self.assertNotIn("@example.org", lines.text.replace("***@example.org", ""))

    def test_P1_a_fault_names_nobody(self):
        lines = self._listening()
        partner = self._person("Anna", ANNA)
        run = self._preview(partner)
        runner = type(self.env["newsletter.runner"])
        error = ValueError(f"duplicate key (email)=({ANNA})")
        with (
            patch.object(runner, "_keep", side_effect=error),
            self.assertLogs("odoo.addons.newsletter_sync", "ERROR") as logged,
        ):
            self._approve(run)
        lines.text += "\n".join(logged.output)
        self.assertEqual(run.state, "stopped")
        self.assertIn("(email)=(a***@example.org)", lines.text)
        self.assertNotIn(ANNA, lines.text)

    def test_P3_what_is_told_of_a_fault_has_no_payload(self):
        lines = self._listening()
        connector = self.connection._connector_class()
        fault = ServerFault(f"could not store {ANNA}")
        run = self._preview(self._person("Anna", ANNA))
        with patch.object(connector, "upsert", side_effect=fault):
            self._approve(run)
        self.assertNotIn(ANNA, lines.text)
        self.assertNotIn("could not store", lines.text)

    def test_P4_the_log_is_exported_by_the_privacy_group_only(self):
        events = self.env["newsletter.event"]._log("note", text=f"{ANNA} called")
        with self.assertRaises(AccessError):
            events.with_user(self.clerk).export_data(["text"])
        self.officer.group_ids += self.env.ref("base.group_allow_export")
        told = events.with_user(self.officer).export_data(["text"])
        self.assertEqual(told["datas"], [[f"{ANNA} called"]])

    def test_L11_the_first_transmission_without_an_agreement_is_logged_once(self):
        self.assertTrue(self.connection.agreement_missing)
        run = self._preview(self._person("Anna", ANNA))
        self.assertTrue(run.agreement_missing, "shown in the preview")
        warned = [("code", "=", "agreement_missing")]
        self.assertFalse(self.env["newsletter.event"].search(warned))
        self._approve(run)
        event = self.env["newsletter.event"].search(warned)
        self.assertEqual((event.level, event.run_id), ("warning", run))
        self._synchronise(self._person("Ben", "ben@example.org"))
        self.assertEqual(self.env["newsletter.event"].search(warned), event)

    def test_L11_with_an_agreement_nothing_is_said(self):
        self.connection.agreement_date = "2025-05-01"
        self.assertTrue(self.connection.agreement_missing, "the country is missing")
        self.connection.agreement_country_id = self.env.ref("base.de")
        self.assertFalse(self.connection.agreement_missing)
        self._synchronise(self._person("Anna", ANNA))
        self.assertFalse(
            self.env["newsletter.event"].search([("code", "=", "agreement_missing")])
        )
        account = self._export()["accounts"][0]
        self.assertEqual(account["country"], self.env.ref("base.de").name)

    def test_L12_the_default_mapping_is_minimal(self):
        mappings = self.env["newsletter.field.mapping"].search(
            [("connection_id", "=", self.connection.id)]
        )
        paths = set(mappings.mapped("path"))
        allowed = {
            *("newsletter_anrede", "newsletter_title", "newsletter_firstname"),
            *("newsletter_lastname", "newsletter_company"),
            "newsletter_letter_salutation",
        }
        self.assertTrue(paths)
        self.assertLessEqual(paths, allowed)

    def test_L10_reactions_are_recorded_only_where_allowed(self):
        self.assertFalse(self.coupling.record_reactions)
        self.assertEqual(self.coupling._reactions([ANNA]), {ANNA: None})

    def test_S1_facts_by_hand_or_from_the_domain(self):
        self.connection.sender_email = "News@Club.example.org"
        self.assertEqual(self.connection.sender_domain, "club.example.org")
        for word in ("SPF", "DKIM", "DMARC", "Imprint"):
            self.assertIn(word, self.connection.sender_problems)
        said = {
            "club.example.org": ["v=spf1 -all"],
            "_dmarc.club.example.org": [],
            "mail._domainkey.club.example.org": ["v=DKIM1; p=MIG"],
        }
        self.connection.dkim_selector = "mail"
        with patch.object(type(self.connection), "_ask_domain", lambda _s, n: said[n]):
            self.connection.action_ask_domain()
        states = self.connection.read(["spf_state", "dkim_state", "dmarc_state"])[0]
        states.pop("id")
        self.assertEqual(
            states, {"spf_state": "ok", "dkim_state": "ok", "dmarc_state": "missing"}
        )
        self.assertNotIn("SPF", self.connection.sender_problems)
        with self.assertRaises(AccessError):
            self.connection.with_user(self.clerk).action_ask_domain()

    def test_S1_a_silent_domain_is_no_missing_record(self):
        if newsletter_sender.dns is None:
            self.skipTest("dnspython is not installed")
        self.connection.sender_email = "news@club.example.org"
        timeout = newsletter_sender.dns.exception.Timeout()
        with (
            patch.object(
                newsletter_sender.dns.resolver, "resolve", side_effect=timeout
            ),
            self.assertRaises(UserError),
        ):
            self.connection.action_ask_domain()
        self.assertFalse(self.connection.spf_state)

    def test_S1_without_the_package_it_is_said_what_to_do(self):
        """The button is hidden then; other programs call what is behind it."""
        self.connection.sender_email = "news@club.example.org"
        with (
            patch.object(newsletter_sender, "dns", None),
            self.assertRaisesRegex(UserError, "dnspython"),
        ):
            self.connection.action_ask_domain()

    def test_S5_who_is_mailed_without_double_opt_in_is_told(self):
        self._subscribed()
        self.connection.invalidate_recordset()
        self.assertNotIn("Double opt-in", self.connection.sender_problems)
        single = self._person("Ben", "ben@example.org", "single")
        self._synchronise(single, include_single=True)
        self.connection.invalidate_recordset()
        self.assertIn("Double opt-in", self.connection.sender_problems)

    def test_S2_complaints_and_returns_are_rates(self):
        self._subscribed()
        self._subscribed("Ben", "ben@example.org")
        self._leave(channel="complaint")
        self._turn()
        self.env["newsletter.bounce"].create(
            {
                "email": "ben@example.org",
                "company_id": self.env.company.id,
                "connection_id": self.connection.id,
                "date": fields.Datetime.now(),
                "kind": "hard",
            }
        )
        self.connection.invalidate_recordset()
        self.assertAlmostEqual(self.connection.complaint_rate, 50.0)
        self.assertAlmostEqual(self.connection.hard_bounce_rate, 50.0)
        self.assertIn("0.3 %", self.connection.sender_problems)
        self.assertIn("1 %", self.connection.sender_problems)
