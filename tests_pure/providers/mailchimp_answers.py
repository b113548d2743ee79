"""What Mailchimp answers, for the scripts of its tests."""

import hashlib
from datetime import datetime, timezone
from urllib.parse import parse_qs, urlsplit

from newsletter_sync.connectors.providers.mailchimp import Mailchimp, mapping
from newsletter_sync.tests_pure.scripted_http import Clock, transport

ANNA, BOB, CARLA = "anna@example.org", "bob@example.org", "carla@example.org"
KEY = "0123456789abcdef0123456789abcdef-us19"
AUDIENCE = "/3.0/lists/abc"
HASH = hashlib.md5(ANNA.encode(), usedforsecurity=False).hexdigest()
MEMBER = f"{AUDIENCE}/members/{HASH}"
FIELDS = {
    "merge_fields": [
        {"merge_id": 1, "tag": "FNAME", "name": "First Name", "type": "text"},
        {"merge_id": 2, "tag": "ADDRESS", "name": "Address", "type": "address"},
        {"merge_id": 3, "tag": "AGE", "name": "Age", "type": "number"},
    ]
}
VIP = [{"id": 49, "name": "VIP"}, {"id": 50, "name": "Odoo.a"}]
SINCE = datetime(2026, 1, 1, 12, tzinfo=timezone.utc)


def connector(http, tokens=None, **credentials):
    given = {"login": "key", "api_key": KEY} | credentials
    return Mailchimp(given, transport(http, Clock()), tokens)


def member(email=ANNA, **changes):
    return {
        "id": mapping.subscriber_hash(email),
        "contact_id": f"contact-{email}",
        "email_address": email,
        "status": "subscribed",
        "merge_fields": {},
        "timestamp_opt": "2025-01-01T00:00:00+00:00",
        "timestamp_signup": "",
        "last_changed": "2026-01-01T12:00:00+00:00",
        "tags_count": 0,
        "tags": [],
        **changes,
    }


def problem(title, detail="", status=400, **more):
    return {"title": title, "detail": detail, "status": status, **more}


def page(*members, total=None):
    total = len(members) if total is None else total
    return {"members": list(members), "total_items": total}


def query(request):
    return {k: v[0] for k, v in parse_qs(urlsplit(request.url).query).items()}
