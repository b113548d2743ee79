"""What else such a database holds: leads, mailing contacts, another company."""

from __future__ import annotations

from datetime import datetime, timedelta

LEADS = (
    ("Raummiete Jubiläum", "Frau Dr. Petra Nöll", "petra.noell@example.com", ""),
    ("Werbeanzeige Jahresheft", "Herr Ralf Kuß", "r.kuss@optik-kuss.test", "Optik Kuß"),
    ("Chorfahrt 2027", "Sigrun Öhler", "sigrun.oehler@example.org", ""),
    ("Sponsoring Sommerfest", "", "info@autohaus-gruen.test", "Autohaus Grün GmbH"),
    ("Anfrage Ausstellung", "Pál Szabó", "pal.szabo@example.net", ""),
    ("Klavier gesucht", "Ilse Rüger", "", ""),
)
#: name, company, address, has left the mailing list
READERS = (
    ("Ottilie Färber", "", "ottilie.faerber@example.org", False),
    ("Jens Blöcker", "", "jens.bloecker@example.net", True),
    ("Mirjam Adler", "", "mirjam.adler@example.com", False),
    ("", "Café Süßes Eck", "hallo@suesses-eck.test", False),
    ("Thaddäus Groß", "", "thaddaeus.gross@example.org", True),
    ("Leila Haddad", "", "leila.haddad@example.com", False),
)
AUTHORS = (
    ("Dr. Ruth Lindner", "ruth.lindner@example.org"),
    ("Konstantin Bär", "konstantin.baer@example.net"),
    ("Ève Marchand", "eve.marchand@example.com"),
    ("Buchhandlung Zweigart", "info@zweigart.test"),
)
NOTE = "Signed up at the reading in spring."


def build(env, second) -> None:
    """A few of each; half of the leads agreed, all readers of the list did."""
    leads = env["crm.lead"].create(
        [
            {
                "name": topic,
                "contact_name": person or False,
                "email_from": email or False,
                "partner_name": company or False,
                "lang_id": env["res.lang"]._lang_get("de_DE").id,
            }
            for topic, person, email, company in LEADS
        ]
    )
    _readers(env)
    env["res.partner"].create(
        [
            {"name": name, "email": email, "company_id": second.id}
            for name, email in AUTHORS
        ]
    )
    agreed = [lead.email_from for lead in leads[::2] if lead.email_from]
    _agree(env, env.company, agreed + [email for _name, _firm, email, _left in READERS])
    _agree(env, second, [email for _name, email in AUTHORS])


def _readers(env) -> None:
    house_post = env["mailing.list"].create({"name": "Hauspost"})
    env["mailing.contact"].create(
        [
            {
                "name": name or False,
                "company_name": company or False,
                "email": email,
                "subscription_ids": [
                    (0, 0, {"list_id": house_post.id, "opt_out": left})
                ],
            }
            for name, company, email, left in READERS
        ]
    )


def _agree(env, company, emails: list[str]) -> None:
    consents = env["newsletter.consent"]._for_addresses(emails, company)
    at = (datetime.now() - timedelta(days=90)).replace(microsecond=0)
    consents._record("request", at, source="paper", note=NOTE)
    consents._record("confirmation", at + timedelta(days=1), channel="link")
