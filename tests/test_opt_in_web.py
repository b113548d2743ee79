"""Web forms of the organisation: JSON, origins, keys, and the words they showed."""

from odoo.exceptions import ValidationError
from odoo.tests import tagged

from .common_consent import ANNA, EVA, WORDING
from .test_opt_in import JSON, SITE, OptInCase


@tagged("post_install", "-at_install")
class TestOptInWeb(OptInCase):
    def _options(self, origin):
        return self.url_open(
            f"{self.page}/json", method="OPTIONS", headers={"Origin": origin}
        )

    def _key(self):
        return self.form.action_new_api_key()["context"]["default_token"]

    def test_the_forms_own_words_are_evidence(self):
        answer = self._json(
            wording="Ja, ich will Neuigkeiten von example.org.",
            wording_version="2026-03",
            lang="de_DE",
            page_url=f"{SITE}/kontakt",
            name="Anna Muster",
        )
        self.assertEqual((answer.status_code, answer.json()), (200, {"status": "ok"}))
        event = self._of(mailing_list=self.club).event_ids
        self.assertEqual(event.wording, "Ja, ich will Neuigkeiten von example.org.")
        self.assertEqual(event.wording_version, "2026-03")
        self.assertEqual(event.lang, "de_DE")
        self.assertEqual(event.page_url, f"{SITE}/kontakt")
        self.assertEqual(self._requests().name, "Anna Muster")
        self.assertEqual(self._requests().origin, "web")

    def test_without_words_those_of_the_form_count(self):
        self._json(lang="de_DE")
        event = self._of(mailing_list=self.club).event_ids
        self.assertEqual(event.wording, WORDING["de_DE"])
        self.assertEqual(event.wording_version, "1 (de_DE)")

    def test_single_lists_can_be_named(self):
        other = self.env["mailing.list"].create({"name": "Events"})
        self.form.mailing_list_ids += other
        self._json(lists=[other.id, 999999])
        self.assertEqual(self._requests().mailing_list_ids, other)
        self._json(email=EVA, lists=[999999])
        self.assertFalse(self._requests(EVA))

    def test_only_allowed_web_sites(self):
        self.form.allowed_origins = f"{SITE}/\nhttps://club.example.net:8443"
        answer = self._options(SITE)
        self.assertEqual(answer.status_code, 204)
        self.assertEqual(answer.headers["Access-Control-Allow-Origin"], SITE)
        self.assertIn("POST", answer.headers["Access-Control-Allow-Methods"])
        self.assertEqual(answer.headers["Vary"], "Origin")
        for origin in ("https://evil.example.com", f"{SITE}.evil.example.com", "null"):
            self.assertEqual(self._options(origin).status_code, 403)
            answer = self._json(headers={"Origin": origin})
            self.assertEqual(answer.status_code, 403)
            self.assertNotIn("Access-Control-Allow-Origin", answer.headers)
        self.assertFalse(self._requests())
        answer = self._json(headers={"Origin": SITE})
        self.assertEqual(answer.headers["Access-Control-Allow-Origin"], SITE)
        self.assertTrue(self._requests())
        self._json(email=EVA)
        self.assertTrue(self._requests(EVA), "a web server sends no origin")

    def test_a_key_can_be_asked_for(self):
        key = self._key()
        self.assertTrue(self.form.require_api_key)
        for sent in (None, "Bearer wrong", f"Basic {key}", key, "Bearer "):
            headers = {"Authorization": sent} if sent else {}
            self.assertEqual(self._json(headers=headers).status_code, 403, sent)
        self.assertFalse(self._requests())
        answer = self._json(headers={"Authorization": f"Bearer {key}"})
        self.assertEqual(answer.status_code, 200)
        self.assertTrue(self._requests())
        self._key()
        answer = self._json(headers={"Authorization": f"Bearer {key}"})
        self.assertEqual(answer.status_code, 403, "a new key ends the old one")

    def test_the_key_is_stored_as_a_hash(self):
        key = self._key()
        self.env.flush_all()
        self.env.cr.execute(
            "SELECT row_to_json(f)::text FROM newsletter_consent_form f"
        )
        self.assertNotIn(key, str(self.env.cr.fetchall()))

    def test_only_a_trusted_server_speaks_for_its_visitor(self):
        self._json(client_ip="198.51.100.1", user_agent="Visitor")
        event = self._of(mailing_list=self.club).event_ids
        self.assertEqual(event.ip, "127.0.0.1", "anybody could say so")
        key = self._key()
        self._json(
            email=EVA,
            client_ip="198.51.100.1",
            user_agent="Visitor",
            headers={"Authorization": f"Bearer {key}"},
        )
        event = self._of(EVA, self.club).event_ids
        self.assertEqual((event.ip, event.user_agent), ("198.51.100.1", "Visitor"))

    def test_bad_calls_are_told_apart_from_good_ones(self):
        url = f"{self.page}/json"
        for body in ("", "{", "[]", '"text"', "null", "[" * 10_000, b"\xff\xfe"):
            answer = self.url_open(url, data=body or " ", headers=JSON)
            self.assertEqual(answer.status_code, 400, body[:20])
        for data in (
            {"email": 17},
            {"email": [ANNA]},
            {"email": ANNA, "lists": "all", "media": {"phone": 1}, "lang": 3},
            {"email": ANNA, "wording": ["x"], "name": {"a": "b"}},
        ):
            self.assertIn(self._json(**data).status_code, (200, 400))
        self.assertEqual(self.url_open(url).status_code, 405)
        self.assertEqual(
            self.url_open(url, data="x" * 100_000, headers=JSON).status_code, 413
        )
        answer = self.url_open(
            "/newsletter/subscribe/guessed/json", data="{}", headers=JSON
        )
        self.assertEqual(answer.status_code, 404)

    def test_odd_origins_are_refused_when_typed(self):
        for origin in ("example.org", "ftp://example.org", f"{SITE}/path", f"{SITE}?x"):
            with self.assertRaises(ValidationError):
                self.form.allowed_origins = origin
