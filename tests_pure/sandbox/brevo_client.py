"""A client of the sandbox's Brevo."""

import requests

from newsletter_sync.sandbox.dialects.brevo import KEY

ANNA, BOB, CARLA = "anna@example.org", "bob@example.org", "carla@example.org"


class Client:
    """Speaks with the key; paths begin below ``/v3``."""

    def __init__(self, sandbox):
        self.base = sandbox.url("brevo") + "/v3"
        self.session = requests.Session()
        self.session.headers["api-key"] = KEY

    def raw(self, method, path, json=None, **options):
        return self.session.request(
            method, self.base + path, json=json, timeout=20, **options
        )

    def __call__(self, method, path, json=None, **params):
        return self.raw(method, path, json, params=params).json()

    def status(self, method, path, json=None, **params):
        return self.raw(method, path, json, params=params).status_code

    def add(self, email, *lists, **attributes):
        body = {"email": email, "attributes": attributes, "listIds": list(lists)}
        return self("POST", "/contacts", body | {"updateEnabled": False})

    def contact(self, email):
        return self("GET", f"/contacts/{email}")

    def run(self, rows, lists, **options):
        """Import and poll to the end."""
        body = {"jsonBody": rows, "listIds": lists} | options
        made = self.raw("POST", "/contacts/import", body)
        assert made.status_code == 202
        path, states = f"/processes/{made.json()['processId']}", []
        while not states or states[-1] in ("queued", "processing"):
            done = self("GET", path)
            states.append(done["status"])
        return done, states


def journal(sandbox):
    return [note["via"] for note in sandbox.store.notes("reactivation", "brevo")]
