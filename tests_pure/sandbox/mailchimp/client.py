"""A client of the sandbox's Mailchimp."""

import hashlib

import requests

from newsletter_sync.sandbox.dialects.mailchimp.account import KEY

ANNA, BOB = "anna@example.org", "bob@example.org"


NEEDED = {
    "name": "Customers",
    "contact": {"company": "x", "address1": "x", "city": "x", "country": "DE"},
    "permission_reminder": "You asked for it.",
    "campaign_defaults": {
        "from_name": "x",
        "from_email": "x@example.org",
        "subject": "x",
        "language": "de",
    },
    "email_type_option": False,
}

#: an address that is complete
FULL = {"addr1": "Weg 1", "city": "Ulm", "state": "BW", "zip": "89073"}


def md5(email):
    return hashlib.md5(email.lower().encode()).hexdigest()


class Client:
    """Speaks to one sandbox's Mailchimp; paths begin below ``/3.0``."""

    def __init__(self, sandbox):
        self.base = sandbox.url("mailchimp")
        self.login = ("anystring", KEY)

    def raw(self, method, path, **options):
        options.setdefault("auth", self.login)
        return requests.request(method, f"{self.base}/3.0{path}", timeout=20, **options)

    def __call__(self, method, path, json=None, **params):
        answer = self.raw(method, path, json=json, params=params)
        return answer.json() if answer.content else answer.status_code

    def refused(self, method, path, json=None, **params):
        answer = self.raw(method, path, json=json, params=params)
        body = answer.json()
        assert body["status"] == answer.status_code
        return body["status"], body["title"], body


def tags(active=(), inactive=()):
    tags = [{"name": name, "status": "active"} for name in active]
    return {"tags": tags + [{"name": n, "status": "inactive"} for n in inactive]}
