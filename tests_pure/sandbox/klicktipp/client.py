"""A client of the sandbox's KlickTipp."""

import requests

ANNA = "anna@example.org"


LOGIN = {"username": "sandbox-user", "password": "sandbox-password"}


class Client:
    """Speaks to one sandbox's KlickTipp, logged in by a session."""

    def __init__(self, sandbox, login=True):
        self.base = sandbox.url("klicktipp")
        self.headers = {}
        if login:
            made = self.raw("POST", "/account/login", json=LOGIN).json()
            self.headers["Cookie"] = f"{made['session_name']}={made['sessid']}"

    def raw(self, method, path, **options):
        headers = self.headers | options.pop("headers", {})
        return requests.request(
            method, self.base + path, headers=headers, timeout=20, **options
        )

    def __call__(self, method, path, json=None, **params):
        return self.raw(method, path, json=json, params=params).json()

    def refused(self, method, path, json=None):
        answer = self.raw(method, path, json=json)
        return answer.status_code, answer.json()
