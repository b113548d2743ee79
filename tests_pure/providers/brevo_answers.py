"""What Brevo answers, for the scripts of its tests."""

import json

from newsletter_sync.connectors.providers.brevo import Brevo
from newsletter_sync.tests_pure.scripted_http import transport

ANNA, BOB = "anna@example.org", "bob@example.org"
LIST = "/v3/contacts/lists/7"
IP = (
    "We have detected you are using an unrecognised IP address 192.0.2.7. If you "
    "performed this action make sure to add the new IP address in this link: "
    "https://app.brevo.com/security/authorised_ips"
)
ATTRIBUTES = {
    "attributes": [
        {"name": "FIRSTNAME", "category": "normal", "type": "text"},
        {"name": "BORN", "category": "normal", "type": "date"},
        {"name": "POINTS", "category": "normal", "type": "float"},
        {"name": "VIP", "category": "normal", "type": "boolean"},
        {"name": "TOPICS", "category": "normal", "type": "multiple-choice"},
        {
            "name": "KIND",
            "category": "category",
            "enumeration": [
                {"value": 1, "label": "Gold"},
                {"value": 2, "label": "Blue"},
            ],
        },
        {"name": "SENT", "category": "calculated", "calculatedValue": "COUNT()"},
    ]
}
CREDENTIALS = {"api_key": "xkeysib-1", "redirect_url": "https://example.org/thanks"}


def connector(http, clock=None):
    """One that knows that there is a list 7."""
    speak = Brevo(CREDENTIALS, transport(http, clock))
    speak._known_lists.add("7")
    return speak


def contact(**more):
    return {
        "id": 12,
        "email": ANNA,
        "emailBlacklisted": False,
        "listIds": [7],
        "listUnsubscribed": None,
        "attributes": {},
    } | more


def expect_contact(http, found=None, name="anna%40example.org"):
    path = f"/v3/contacts/{name}"
    if found is None:
        http.expect("GET", path, {"code": "document_not_found"}, status=404)
    else:
        http.expect("GET", path, found)


def bodies(http, method):
    """The JSON bodies of all calls with a method."""
    return [json.loads(r.body) for r in http.sent if r.method == method]
