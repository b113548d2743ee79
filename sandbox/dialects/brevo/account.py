"""What stands in an account from its first day."""

from typing import Any

#: the account's own address: Brevo does not let go of it
OWNER = "owner@example.org"

_RELAY = {"port": 587, "relay": "smtp-relay.example.org", "userName": OWNER}

ACCOUNT: dict[str, Any] = {
    "organization_id": "5fa2b8c123456789abcdef01",
    "user_id": 7_001,
    "enterprise": False,
    "email": OWNER,
    "firstName": "Olga",
    "lastName": "Owner",
    "companyName": "Sandbox Ltd.",
    "address": {
        "street": "Musterstraße 1",
        "zipCode": "10115",
        "city": "Berlin",
        "country": "Germany",
    },
    "dateTimePreferences": {
        "enabled": True,
        "timezone": "Europe/Berlin",
        "timeFormat": "24",
        "dateFormat": "dd-mm-yyyy",
    },
    "plan": [
        {"type": "subscription", "credits": 20_000, "creditsType": "sendLimit"},
        {"type": "sms", "credits": 15, "creditsType": "sendLimit"},
    ],
    "relay": {"enabled": False, "data": _RELAY},
}


def mail_template(number: int, tag: str) -> dict[str, Any]:
    """A template for mails; those for double opt-in have the tag ``optin``."""
    return {
        "id": number,
        "name": tag.title(),
        "subject": tag.title(),
        "tag": tag,
        "isActive": True,
        "testSent": False,
        "sender": {"id": "1", "name": "Sandbox Ltd.", "email": OWNER},
        "replyTo": OWNER,
        "toField": "",
        "htmlContent": "<p>{{ params.link }}</p>",
        "createdAt": "2024-01-02T10:00:00.000+01:00",
        "modifiedAt": "2024-01-02T10:00:00.000+01:00",
    }
