"""Log in at the tool and come back: the state protects the way (RFC 6749, 10.12)."""

from urllib.parse import parse_qs, urlsplit

import requests

from odoo.http import root
from odoo.tests import new_test_user

from .common_http import HttpSandboxCase

CALLBACK = "/newsletter_sync/oauth/callback"
ADMINISTRATOR = "newsletter_sync.group_administrator,base.group_user"


class TestOAuth(HttpSandboxCase):
    def setUp(self):
        super().setUp()
        self.env["newsletter.token"].search([]).unlink()
        self._log_in(self.connection, login="oauth")
        self.connection.state = "draft"
        new_test_user(self.env, "newsletter.administrator", groups=ADMINISTRATOR)
        self.authenticate("newsletter.administrator", "newsletter.administrator")

    def _begin(self):
        """Press "Connect": the address of the tool's page, and its parameters."""
        action = self.connection.action_connect()
        answer = self.url_open(action["url"], allow_redirects=False)
        self.assertEqual(answer.status_code, 303)
        location = answer.headers["Location"]
        return location, parse_qs(urlsplit(location).query)

    def _allow(self, location, answer="yes"):
        """What the person does on the tool's page: where it sends the browser back."""
        page = requests.post(
            location, data={"answer": answer}, allow_redirects=False, timeout=20
        )
        return page.headers["Location"]

    def _back(self, **query):
        return self.url_open(f"{CALLBACK}", params=query, allow_redirects=False)

    def _tokens(self):
        return self.env["newsletter.token"].search([])

    def test_the_whole_way(self):
        location, query = self._begin()
        self.assertTrue(location.startswith(self.sandbox.url("cleverreach")))
        self.assertEqual(query["redirect_uri"], [self.connection.redirect_uri])
        self.assertEqual(query["response_type"], ["code"])
        self.assertNotIn("client_secret", query)
        answer = self.url_open(self._allow(location), allow_redirects=False)
        self.assertEqual(answer.status_code, 303)
        self.assertIn(
            f"/newsletter-connections/{self.connection.id}", answer.headers["Location"]
        )
        self.env.invalidate_all()
        self.assertEqual(self.connection.state, "connected")
        self.assertEqual(self.connection.account_number, "123456")
        token = self._tokens()
        self.assertEqual(token.connection_id, self.connection)
        self.assertTrue(token.access and token.refresh and token.expires_at)

    def test_the_session_keeps_only_a_fingerprint_of_the_state(self):
        _location, query = self._begin()
        session = root.session_store.get(self.session.sid)
        self.assertNotIn(query["state"][0], str(dict(session)))
        self.assertGreaterEqual(len(query["state"][0]), 32)

    def _refused(self, answer):
        self.assertEqual(answer.status_code, 200)
        self.assertIn("does not belong to a login that you started", answer.text)
        self.env.invalidate_all()
        self.assertEqual(self.connection.state, "draft")
        self.assertFalse(self._tokens())

    def test_a_wrong_state_is_refused(self):
        location, _query = self._begin()
        code = parse_qs(urlsplit(self._allow(location)).query)["code"][0]
        self._refused(self._back(code=code, state="guessed"))

    def test_a_missing_state_is_refused(self):
        location, _query = self._begin()
        code = parse_qs(urlsplit(self._allow(location)).query)["code"][0]
        self._refused(self._back(code=code))

    def test_an_answer_without_a_question_is_refused(self):
        self._refused(self._back(code="any", state="any"))

    def test_a_state_works_once(self):
        location, _query = self._begin()
        back = self._allow(location)
        self.url_open(back, allow_redirects=False)
        self._tokens().unlink()
        self.connection.state = "draft"
        self.env.flush_all()
        self._refused(self.url_open(back, allow_redirects=False))

    def test_a_used_up_code_is_told_in_plain_words(self):
        _location, query = self._begin()
        answer = self._back(code="used-up", state=query["state"][0])
        self.assertEqual(answer.status_code, 200)
        self.assertIn("The login was refused", answer.text)
        self.assertNotIn("used-up", answer.text)

    def test_refused_at_the_tool(self):
        location, _query = self._begin()
        answer = self.url_open(self._allow(location, "no"), allow_redirects=False)
        self.assertEqual(answer.status_code, 200)
        self.assertIn("did not give access (access_denied)", answer.text)
        self.assertFalse(self._tokens())

    def test_a_connection_deleted_meanwhile(self):
        location, _query = self._begin()
        back = self._allow(location)
        self.connection.unlink()
        self.env.flush_all()
        answer = self.url_open(back, allow_redirects=False)
        self.assertEqual(answer.status_code, 200)
        self.assertFalse(self._tokens())

    def test_clerks_have_no_access(self):
        self.authenticate("newsletter.clerk", "newsletter.clerk")
        start = f"/newsletter_sync/oauth/start/{self.connection.id}"
        for url in (start, CALLBACK):
            answer = self.url_open(url, allow_redirects=False)
            self.assertEqual(answer.status_code, 403, url)
            self.assertNotIn(self.sandbox.url(), answer.text)

    def test_strangers_are_sent_to_the_login(self):
        self.logout()
        self.opener.cookies.pop("session_id", None)
        answer = self.url_open(CALLBACK, allow_redirects=False)
        self.assertIn("/web/login", answer.headers["Location"])
