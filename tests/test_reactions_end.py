"""L10: by one press the person takes back that opens and clicks are recorded."""

from odoo.tests import tagged

from ..sync.reactions import box
from .common_http import HttpSandboxCase
from .test_leaving_mailing import MailingCase

ANNA = "anna@example.org"
PRESS = {"action": "reactions"}


@tagged("post_install", "-at_install")
class TestReactionsEnd(HttpSandboxCase, MailingCase):
    def setUp(self):
        super().setUp()
        self.contact = self._contact("Anna Muster", ANNA)
        self.consents = self.env["newsletter.consent"]
        self.url = self._link()

    def _link(self, email=ANNA):
        links = self.env["newsletter.preference"]
        return links._url(email, self.env.company, self.mailing_list)

    def _allow(self, mailing_list=None, email=ANNA):
        consent = self.consents._for_address(email, mailing_list=mailing_list)
        return consent._record("confirmation", boxes=box())

    def _allowed(self, email=ANNA):
        self.env.invalidate_all()
        return bool(
            self.consents._allowing_reactions(
                [email], self.env.company, self.mailing_list
            )
        )

    def _press(self, **headers):
        return self.url_open(self.url, data=PRESS, headers=headers)

    # --- the page -------------------------------------------------------------------
    def test_L10_one_press_ends_it_and_the_consent_stands(self):
        consents = self._allow() | self._allow(self.mailing_list)
        self.assertTrue(self._allowed())
        answer = self._press(**{"User-Agent": "Browser of Anna"})
        self.assertIn("no longer record", answer.text)
        self.assertFalse(self._allowed())
        self.assertEqual(set(consents.mapped("state")), {"confirmed"})
        self.assertFalse(any(consents.mapped("reactions_at")))
        self.assertFalse(self._subscription(self.contact).opt_out)
        self.assertFalse(self.leavings.search([]))
        for consent in consents:
            # sudo: evidence is for the privacy group
            event = consent.sudo().event_ids[-1]
            self.assertEqual((event.kind, event.channel), ("note", "page"))
            self.assertEqual(event.boxes, box(given=False))
            self.assertEqual(event.user_agent, "Browser of Anna")
            self.assertTrue(event.ip and event.token_digest)
            self.assertFalse(event.chain_id._check(), "the chain is intact")
            self.assertIn("☐ Opens and clicks", str(event._print()))

    def test_L10_nothing_is_switched_on_here(self):
        for data in (PRESS, {**PRESS, "reactions": "1"}, {"reactions": "1"}):
            self.url_open(self.url, data=data)
            self.assertFalse(self._allowed())
        page = self.url_open(self.url).text
        self.assertNotIn('type="checkbox"', page)
        self.assertNotIn('value="reactions"', page, "said already")
        self.assertIn("You told us not to record", page)

    def test_L10_looking_changes_nothing(self):
        self._allow()
        page = self.url_open(self.url).text
        self.assertIn('value="reactions"', page)
        self.url_open(f"{self.url}?action=reactions")
        self.url_open(self.url, method="HEAD")
        self.assertTrue(self._allowed())

    def test_L10_repeated_is_harmless(self):
        self._allow()
        for _turn in range(3):
            self.assertEqual(self._press().status_code, 200)
        consent = self.consents._for_address(ANNA)
        kinds = consent.sudo().event_ids.mapped("kind")
        self.assertEqual(kinds.count("note"), 1)

    def test_L10_whoever_never_allowed_it_may_say_so_too(self):
        self._press()
        refusing = self.consents._refusing_reactions([ANNA], self.env.company)
        self.assertEqual(refusing, {ANNA})
        consent = self.consents.search([("email", "=", ANNA)])
        self.assertEqual((consent.state, consent.basis), ("none", "none"))
        other = self.env["res.company"].create({"name": "Other"})
        self.assertFalse(self.consents._refusing_reactions([ANNA], other))

    def test_L10_only_an_own_tick_later_allows_it_again(self):
        self._press()
        consent = self.consents._for_address(ANNA)
        consent._record("staff", note="Card", boxes=box(), at="2020-01-01")
        consent._record("confirmation")
        self.assertFalse(self._allowed(), "old paper; a consent without the tick")
        consent._record("confirmation", boxes=box())
        self.assertTrue(self._allowed())
        self.assertFalse(self.consents._refusing_reactions([ANNA], self.env.company))
        self.assertFalse(consent.sudo().event_ids.chain_id._check())

    def test_L10_in_german(self):
        self.env["res.lang"]._activate_lang("de_DE")
        self._person("Anna", ANNA, "none", lang="de_DE")
        self.assertIn('lang="de-DE"', self._press().text)

    # --- Odoo's own mailings ----------------------------------------------------------
    def _mailed(self):
        """A mailing that Anna and Ben got; their traces."""
        if not self.env["mailing.contact"].search([("email", "=", "ben@example.org")]):
            self._contact("Ben", "ben@example.org")
        mailing = self._mailing(
            body_html='<a href="https://www.example.com/tea">Tea</a>',
            contact_list_ids=[(6, 0, self.mailing_list.ids)],
        )
        self._sent_to(mailing)
        traces = mailing.mailing_trace_ids
        return [
            traces.filtered(lambda trace, name=name: trace.email.startswith(name))
            for name in ("anna@", "ben@")
        ]

    def test_L10_odoos_own_mailings_record_them_no_more(self):
        self._press()
        anna, ben = self._mailed()
        (anna | ben).set_opened()
        (anna | ben).set_clicked()
        self.assertFalse(anna.open_datetime or anna.links_click_datetime)
        self.assertNotEqual(anna.trace_status, "open")
        self.assertEqual(ben.trace_status, "open")
        self.assertTrue(ben.links_click_datetime)

    def test_L10_a_click_counts_without_the_person(self):
        self._press()
        anna, ben = self._mailed()
        link = self.env["link.tracker"].create(
            {
                "url": "https://www.example.com/tea",
                "mass_mailing_id": anna.mass_mailing_id.id,
            }
        )
        clicks = self.env["link.tracker.click"]
        for trace in (anna, ben):
            clicks.add_click(link.code, ip="192.0.2.7", mailing_trace_id=trace.id)
        found = clicks.search([("link_id", "=", link.id)], order="id")
        self.assertEqual(found.mailing_trace_id, ben)
        self.assertEqual(found.mapped("ip"), [False, "192.0.2.7"])
        self.assertEqual(set(found.mass_mailing_id), {anna.mass_mailing_id})
        self.assertFalse(anna.links_click_datetime)

    # --- tools ------------------------------------------------------------------------
    def test_L10_somebody_is_asked_to_see_to_it_in_the_tool(self):
        self._member(ANNA)
        answer = self._press()
        self.assertIn("one of us", answer.text)
        event = self.env["newsletter.event"].search(
            [("code", "=", "reactions_by_hand")]
        )
        self.assertEqual(event.level, "warning")
        self.assertEqual(event.member_id.email, ANNA)
        self.assertIn("a***@example.org", event.text)
        self.assertNotIn(ANNA, event.text)
        self._press()
        self.assertEqual(
            self.env["newsletter.event"].search_count(
                [("code", "=", "reactions_by_hand")]
            ),
            1,
        )

    def test_L10_without_a_tool_nobody_is_asked(self):
        self._member(ANNA, remote_status="unsubscribed")
        self.assertNotIn("one of us", self._press().text)
        self.assertFalse(
            self.env["newsletter.event"].search([("code", "=", "reactions_by_hand")])
        )
