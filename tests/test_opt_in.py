"""The public pages and the route for web forms (rules D3-D7, B06-B09, T1, T2, L4)."""

import json

from odoo.tests import HttpCase, tagged

from .common_consent import ANNA, EVA, WORDING, OptInMixin

JSON = {"Content-Type": "application/json"}
SITE = "https://www.example.org"


class OptInCase(OptInMixin, HttpCase):
    def setUp(self):
        super().setUp()
        self.form = self._make_form()
        self.page = f"/newsletter/subscribe/{self.form.key}"
        # the limit for one client would stop a long test
        self.env["ir.config_parameter"].set_param(
            "newsletter_sync.requests_per_client", "1000"
        )

    def _post(self, form=None, **values):
        """What a browser sends; the box ticked unless said otherwise."""
        data = {"email": ANNA, "lang": "en_US", f"box_{self.club.id}": "1", **values}
        data = {name: value for name, value in data.items() if value is not None}
        answer = self.url_open(self.page, data=data, allow_redirects=False)
        self.env.invalidate_all()
        return answer

    def _json(self, headers=None, **values):
        data = {"email": ANNA, "consent": True, **values}
        answer = self.url_open(
            f"{self.page}/json",
            data=json.dumps(data),
            headers={**JSON, **(headers or {})},
        )
        self.env.invalidate_all()
        return answer

    def _open_link(self):
        """Ask, and get the link out of the mail."""
        self._post()
        [(_mail, link)] = self._deliver()
        return link

    def _state(self, email=ANNA):
        self.env.invalidate_all()
        consent = self.env["newsletter.consent"].search([("email", "=", email)])
        return consent.state


@tagged("post_install", "-at_install")
class TestOptIn(OptInCase):
    # --- the form -----------------------------------------------------------------
    def test_L4_no_box_is_ticked_beforehand(self):
        self.form.write({"offer_phone": True, "offer_post": True})
        page = self.url_open(self.page).text
        self.assertEqual(page.count('type="checkbox"'), 3)
        self.assertNotIn("checked", page)
        self.assertIn(WORDING["en_US"], page)

    def test_B06_B08_from_the_tick_to_the_confirmation(self):
        self.assertEqual(self._post().status_code, 200)
        self.assertEqual(self._state(), "pending")
        [(_mail, link)] = self._deliver()
        page = self.url_open(link)
        self.assertIn("a***@example.org", page.text)
        self.assertNotIn(ANNA, page.text)
        self.assertIn("Club news", page.text)
        self.assertEqual(self._state(), "pending")
        page = self.url_open(link, method="POST")
        self.assertIn("Thank you", page.text)
        self.assertRegex(page.text, r"<title>\s*Confirmed\s*–")
        self.assertEqual(self._state(), "confirmed")

    def test_B07_what_was_shown_is_evidence(self):
        self.form.wording_ids = [(0, 0, {"lang": "en_US", "text": "A newer wording"})]
        old = self.form.wording_ids.filtered(
            lambda w: w.lang == "en_US" and w.version == 1
        )
        self._post(wording=str(old.id), email=" Anna@Example.org ")
        event = self._of(mailing_list=self.club).event_ids
        self.assertEqual(event.wording, WORDING["en_US"], "the one that was shown")
        self.assertEqual(event.wording_version, "1 (en_US)")
        self.assertEqual(event.email_typed, " Anna@Example.org ")
        self.assertEqual(json.loads(event.boxes), {"Club news": True})
        self.assertEqual(json.loads(event.lists), ["Club news"])
        self.assertIn(self.page, event.page_url)
        self.assertIn(self.form.name, event.form_version)
        self.assertEqual(event.purpose, "News about courses and events")
        self.assertEqual(event.ip, "127.0.0.1")
        self.assertTrue(event.user_agent)
        self.assertEqual(event.method, "POST")
        self.assertTrue(old.shown)

    def test_B07_a_wording_of_another_form_is_no_proof(self):
        other = self.form.copy(
            {"wording_ids": [(0, 0, {"lang": "en_US", "text": "X"})]}
        )
        self._post(wording=str(other.wording_ids.id))
        event = self._of(mailing_list=self.club).event_ids
        self.assertEqual(event.wording, WORDING["en_US"])

    def test_B09_L4_a_form_without_the_tick_changes_nothing(self):
        for state in ("none", "confirmed", "withdrawn"):
            if state == "confirmed":
                self._of(mailing_list=self.club)._record("confirmation")
            if state == "withdrawn":
                self._of(mailing_list=self.club)._record("withdrawal")
            before = self.env["newsletter.consent.event"].search_count([])
            for box in (None, "", "0", "on"):
                answer = self._post(**{f"box_{self.club.id}": box})
                self.assertEqual(answer.status_code, 422)
                self.assertIn("Nothing was ordered", answer.text)
            self._json(consent=False)
            self._json(consent="true")
            self._json(consent=None)
            after = self.env["newsletter.consent.event"].search_count([])
            self.assertEqual(after, before)
            self.assertEqual(self._state() or "none", state)
        self.assertFalse(self._requests())

    def test_only_ticked_lists_are_asked_for(self):
        other = self.env["mailing.list"].create({"name": "Events"})
        stranger = self.env["mailing.list"].create({"name": "Members only"})
        self.form.mailing_list_ids += other
        page = self.url_open(self.page).text
        self.assertIn("Events", page)
        self._post(**{f"box_{stranger.id}": "1", f"box_{other.id}": "0"})
        request = self._requests()
        self.assertEqual(request.mailing_list_ids, self.club)
        event = request.consent_ids.event_ids
        self.assertEqual(json.loads(event.boxes), {"Club news": True, "Events": False})

    def test_a_form_without_a_list_asks_for_the_general_consent(self):
        self.form.mailing_list_ids = False
        self._post(box_0="1")
        self.assertFalse(self._requests().mailing_list_ids)
        self.assertEqual(self._of().state, "pending")

    # --- the same answer for everybody --------------------------------------------
    def test_D7_the_answer_says_nothing_about_the_address(self):
        consents = self.env["newsletter.consent"]
        consents._for_address("known@example.org")._record("confirmation")
        consents._for_address("left@example.org")._record("withdrawal")
        self.env["mail.blacklist"].create({"email": "blocked@example.org"})
        self.env["res.partner"].create(
            {"name": "U", "email": "unwilling@example.org", "no_marketing_email": True}
        )
        answers, said = set(), set()
        for name in ("known", "unknown", "left", "blocked", "unwilling", "known"):
            for _again in range(5):  # pending, and above the limit
                email = f"{name}@example.org"
                answer = self._post(email=email)
                answers.add((answer.status_code, answer.text))
                answer = self._json(email=email)
                said.add((answer.status_code, answer.text))
        self.assertEqual(len(answers), 1)
        self.assertEqual(len(said), 1)
        self.assertEqual(
            set(self._requests("blocked@example.org").mapped("state")), {"open"}
        )

    def test_a_strangers_request_ends_nothing(self):
        self._of()._record("confirmation")
        own = self._of(mailing_list=self.club)
        own._record("confirmation")
        for _again in range(3):
            self._post()
        self.assertEqual((self._of().state, own.state), ("confirmed", "confirmed"))

    def test_a_robot_falls_into_the_trap(self):
        human = self._post()
        robot = self._post(email=EVA, website="https://spam.example.com")
        self.assertEqual(robot.text, human.text)
        self.assertFalse(self._requests(EVA))
        self._json(email=EVA, website="x")
        self.assertFalse(self._requests(EVA))

    def test_a_wrong_address_is_told(self):
        for email in ("", "anna", "anna@", "a@b", "x@example.org [NO MAILING]", "\x00"):
            answer = self._post(email=email)
            self.assertEqual(answer.status_code, 422, email)
            self.assertIn("Please check the e-mail address", answer.text)
            self.assertEqual(self._json(email=email).status_code, 400)

    def test_D3_twenty_requests_an_hour_for_one_client(self):
        self.env["ir.config_parameter"].set_param(
            "newsletter_sync.requests_per_client", "2"
        )
        texts = {self._post(email=f"person{n}@example.org").text for n in range(4)}
        self.assertEqual(len(texts), 1)
        requests = self.env["newsletter.consent.request"].search([])
        self.assertEqual(len(requests), 2)

    # --- the link -----------------------------------------------------------------
    def test_D4_get_changes_nothing(self):
        link = self._open_link()
        events = self.env["newsletter.consent.event"].search_count([])
        for method in ("HEAD", "GET", "GET", "OPTIONS", "PUT", "DELETE"):
            self.url_open(link, method=method)
        self.url_open(f"{link}?confirm=1")
        self.assertEqual(self._state(), "pending")
        self.assertEqual(self.env["newsletter.consent.event"].search_count([]), events)
        page = self.url_open(link).text
        self.assertEqual(page.count("<button"), 1)
        self.assertEqual(page.count("<form"), 1)

    def test_D4_confirming_needs_no_cookie(self):
        link = self._open_link()
        self.opener.cookies.clear()
        answer = self.url_open(link, method="POST")
        self.assertIn("Thank you", answer.text)
        self.assertFalse(answer.headers.get("Set-Cookie"))

    def test_D4_the_weaker_way_is_called_so(self):
        self.form.one_step = True
        link = self._open_link()
        self.url_open(link, method="HEAD")
        self.assertEqual(self._state(), "pending", "not even then by HEAD")
        self.url_open(link)
        self.assertEqual(self._state(), "confirmed")
        event = self._of(mailing_list=self.club).event_ids[-1]
        self.assertTrue(event.weaker)
        self.assertEqual(event.method, "GET")

    def test_D5_the_second_click_is_friendly(self):
        link = self._open_link()
        self.url_open(link, method="POST")
        for answer in (self.url_open(link, method="POST"), self.url_open(link)):
            self.assertEqual(answer.status_code, 200)
            self.assertIn("already confirmed", answer.text)
        event = self._of(mailing_list=self.club).event_ids[-1]
        self.assertEqual(event.method, "POST")
        self.assertFalse(event.weaker)
        self.assertEqual(event.ip, "127.0.0.1")

    def test_D5_an_expired_link_tells_how_to_go_on(self):
        link = self._open_link()
        self._requests().expires_at = "2020-01-01"
        for answer in (self.url_open(link), self.url_open(link, method="POST")):
            self.assertIn("has expired", answer.text)
            self.assertIn(self.page, answer.text)
        self.assertEqual(self._state(), "pending")

    def test_unknown_links_and_forms(self):
        for path in (
            "confirm/guessed",
            "subscribe/guessed",
            "confirm/%00",
            "confirm/é",
        ):
            answer = self.url_open(f"/newsletter/{path}")
            self.assertEqual(answer.status_code, 404, path)
            self.assertIn("not known", answer.text)
        self.form.wording_ids.unlink()
        self.assertEqual(self.url_open(self.page).status_code, 404)

    def test_T2_headers_of_all_pages(self):
        link = self._open_link()
        for answer in (self.url_open(link), self.url_open(self.page), self._post()):
            self.assertEqual(answer.headers["Referrer-Policy"], "no-referrer")
            self.assertEqual(answer.headers["Cache-Control"], "no-store")
            self.assertIn("noindex", answer.headers["X-Robots-Tag"])
            self.assertIn(
                "default-src 'none'", answer.headers["Content-Security-Policy"]
            )
            for foreign in ("<script", "stylesheet", "src=", "/web/assets"):
                self.assertNotIn(foreign, answer.text)

    def test_the_pages_speak_the_persons_language(self):
        page = self.url_open(self.page, headers={"Accept-Language": "de"}).text
        self.assertIn(WORDING["de_DE"], page)
        self.assertIn('lang="de-DE"', page)
        self._post(lang="de_DE")
        self.assertEqual(self._requests().lang, "de_DE")
        [(_mail, link)] = self._deliver()
        self.assertIn('lang="de-DE"', self.url_open(link).text)
        event = self._of(mailing_list=self.club).event_ids[0]
        self.assertEqual(event.wording, WORDING["de_DE"])

    def test_texts_of_strangers_are_only_texts(self):
        self.form.ask_name = True
        evil = "<img src=x onerror=alert(1)>"
        self._post(first_name=evil, last_name="x" * 500, lang=evil, wording=evil)
        self.assertLessEqual(len(self._requests().name), 200)
        [(mail, link)] = self._deliver()
        self.assertNotIn("<img", mail["body"])
        self.assertNotIn("<img", self.url_open(link).text)
        answer = self._post(email=evil)
        self.assertNotIn("<img", answer.text)

    # --- the snippet --------------------------------------------------------------
    def test_the_snippet_works_from_another_page(self):
        snippet = self.form.with_context(lang="de_DE").snippet
        self.assertIn(f'action="{self.form.url}"', snippet)
        self.assertIn(WORDING["de_DE"], snippet)
        self.assertNotIn("<script", snippet)
        self.assertNotIn("checked", snippet)
        answer = self.url_open(
            self.page,
            data={"email": ANNA, "from": "snippet", f"box_{self.club.id}": "1"},
            headers={"Origin": SITE},
        )
        self.assertEqual(answer.status_code, 200)
        self.env.invalidate_all()
        event = self._of(mailing_list=self.club).event_ids
        self.assertEqual(event.page_url, SITE)
