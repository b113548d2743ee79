"""What KlickTipp answers, for the scripts of its tests."""

from newsletter_sync.connectors.providers.klicktipp import KlickTipp
from newsletter_sync.tests_pure.scripted_http import Clock, transport

ANNA, BOB = "anna@example.org", "bob@example.org"
SESSION = {
    "sessid": "abc-123",
    "session_name": "SSESSx1",
    "account": {"uid": 7, "tier": 20, "email": "o@example.org", "company": "Färber"},
}
TAGS = {"21": "News", "22": "Odoo.vip"}


def connector(http, **credentials):
    given = {"login": "password", "username": "anna", "password": "very-secret"}
    return KlickTipp(given | credentials, transport(http, Clock()))


def contact(**changes):
    return {
        "id": "5",
        "email": ANNA,
        "status": "Subscribed",
        "bounce": "Not Bounced",
        "optin": "28.12.2024 22:52:09",
        "date": "25.09.2024",
        "unsubscription": "",
        "tags": ["21"],
        "manual_tags": {"21": "1760530436"},
        "smart_tags": [],
        **changes,
    }
