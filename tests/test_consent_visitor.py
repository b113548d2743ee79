"""One visitor does not make mails go to many people, by whatever page (rule D3)."""

from unittest.mock import patch

from odoo.tests import tagged

from .common_consent import OptInMixin
from .test_leaving import LeavingCase


@tagged("post_install", "-at_install")
class TestConsentVisitor(OptInMixin, LeavingCase):
    def setUp(self):
        super().setUp()
        self.env.company.email = "office@example.com"
        self.requests = self.env["newsletter.consent.request"]
        parameters = self.env["ir.config_parameter"]
        parameters.set_param("newsletter_sync.requests_per_client", "2")

    def _visit(self, ip, *names):
        """A visitor subscribes addresses on Odoo's own page."""
        rows = self.env["mailing.subscription"]
        rows = rows.with_user(self.env.ref("base.public_user")).sudo()
        visitor = {"ip": ip, "user_agent": "Browser"}
        with patch.object(type(self.requests), "_visitor", lambda _self: visitor):
            for name in names:
                contact = self.env["mailing.contact"].create(
                    {"name": name, "email": f"{name}@example.org"}
                )
                rows.create({"contact_id": contact.id, "list_id": self.mailing_list.id})

    def _asked(self):
        return sorted(self.requests.search([]).mapped("email"))

    def test_D3_odoos_own_page_is_no_way_around_the_limit(self):
        self._visit("192.0.2.1", "anna", "ben", "carla")
        self.assertEqual(self._asked(), ["anna@example.org", "ben@example.org"])
        self._visit("192.0.2.2", "dora")
        self.assertIn("dora@example.org", self._asked(), "others may still ask")

    def test_several_lists_are_asked_for_in_one_mail(self):
        lists = self.mailing_list.create([{"name": f"List {n}"} for n in range(5)])
        rows = self.env["mailing.subscription"]
        rows = rows.with_user(self.env.ref("base.public_user")).sudo()
        contact = self.env["mailing.contact"].create(
            {"name": "Anna", "email": "anna@example.org"}
        )
        rows.create([{"contact_id": contact.id, "list_id": one.id} for one in lists])
        self.assertEqual(self.requests.search([]).mailing_list_ids, lists)
        self.assertEqual(len(self.requests.search([])), 1)

    def test_the_visitor_stands_in_the_evidence(self):
        self._visit("192.0.2.1", "anna")
        consent = self._of("anna@example.org", self.mailing_list)
        event = self.env["newsletter.consent.event"].search(
            [("consent_id", "=", consent.id), ("kind", "=", "request")]
        )
        self.assertEqual((event.ip, event.user_agent), ("192.0.2.1", "Browser"))

    def test_whoever_is_not_asked_costs_the_visitor_nothing(self):
        self._consent("anna@example.org", "confirmed")
        self._visit("192.0.2.1", "anna", "ben", "carla")
        self.assertEqual(self._asked(), ["ben@example.org", "carla@example.org"])

    def test_staff_asks_whole_selections(self):
        for name in ("anna", "ben", "carla"):
            self._ask(f"{name}@example.org", origin="staff")
        self.assertEqual(len(self._asked()), 3)
