"""The page's words in two languages; a word that is missing is shown as it is."""

from __future__ import annotations

from collections.abc import Callable

GERMAN = {
    "Sandbox": "Sandkasten",
    "A stand-in for newsletter tools. Nobody here is real, no mail is sent.": (
        "Steht für Newsletter-Tools ein. Niemand hier ist echt, keine Mail geht raus."
    ),
    "Lists": "Listen",
    "List": "Liste",
    "No list yet. A connected program can make one, or you:": (
        "Noch keine Liste. Ein verbundenes Programm kann eine anlegen, oder Sie:"
    ),
    "Name": "Name",
    "Create list": "Liste anlegen",
    "with invented people": "mit erfundenen Personen",
    "Recipients": "Empfänger",
    "total": "gesamt",
    "Address": "Adresse",
    "Status": "Status",
    "Values": "Werte",
    "Tags": "Tags",
    "registered": "eingetragen",
    "activated": "aktiviert",
    "deactivated": "abgemeldet",
    "bounced": "Rückläufer",
    "changed": "geändert",
    "Search": "Suchen",
    "Next page": "Nächste Seite",
    "Previous page": "Vorige Seite",
    "Nobody here.": "Niemand da.",
    "back": "zurück",
    "Last requests": "Letzte Anfragen",
    "No request yet.": "Noch keine Anfrage.",
    "Time": "Zeit",
    "Tool": "Tool",
    "Request": "Anfrage",
    "Answer": "Antwort",
    "Duration": "Dauer",
    "cut": "abgebrochen",
    "Faults": "Störungen",
    "No fault is set.": "Keine Störung eingestellt.",
    "struck": "getroffen",
    "Remove": "Entfernen",
    "Remove all": "Alle entfernen",
    "Mails and calls": "Mails und Aufrufe",
    "Mail": "Mail",
    "Webhook call": "Webhook-Aufruf",
    "Open the link": "Link öffnen",
    "updates itself": "aktualisiert sich selbst",
    "stop": "anhalten",
    "go on": "weiter",
    "What the person or the staff does": "Was die Person oder das Personal tut",
    "Sign up by the form": "Über das Formular anmelden",
    "History": "Verlauf",
    "Save the values": "Werte speichern",
    "Other lists": "Andere Listen",
    "new address": "neue Adresse",
    # statuses
    "subscribed": "angemeldet",
    "unsubscribed": "abgemeldet",
    "pending": "unbestätigt",
    "hard_bounce": "Hardbounce",
    "soft_bounce": "Softbounce",
    "general_bounce": "Bounce",
    "blocked": "gesperrt",
    # acts
    "confirm": "Bestätigungslink anklicken",
    "unsubscribe": "Abmeldelink anklicken",
    "bounce": "Mail kommt zurück (hart)",
    "change_address": "Adresse ändern",
    "block": "Auf die Blacklist",
    "activate": "Aktivieren (Personal)",
    "delete": "Löschen (Personal)",
    "unblock": "Von der Blacklist",
    "complain": "Als Spam melden",
    "archive": "Archivieren (Personal)",
    "deactivate": "Abmelden (Personal)",
    "tag": "Tag vergeben (Personal)",
    "untag": "Tag entfernen (Personal)",
    "sms_unsubscribe": "SMS abbestellen",
    "leave": "abmelden",
    # faults
    "Answers take 3 seconds": "Antworten dauern 3 Sekunden",
    "503, twice": "503, zweimal",
    "429, wait 5 seconds": "429, 5 Sekunden warten",
    "500, until removed": "500, bis entfernt",
    "Connection cut": "Verbindung bricht ab",
    "Stored, then cut": "Gespeichert, dann abgebrochen",
    "HTML instead of JSON": "HTML statt JSON",
    "Refuse …@example.net": "…@example.net ablehnen",
    "Lose a webhook call": "Einen Webhook-Aufruf verlieren",
    "One in ten requests fails": "Jede zehnte Anfrage scheitert",
}

ENGLISH = {
    "hard_bounce": "hard bounce",
    "soft_bounce": "soft bounce",
    "general_bounce": "bounce",
    "confirm": "Click the confirmation link",
    "unsubscribe": "Click the unsubscribe link",
    "bounce": "Mail comes back (hard)",
    "soft_bounce_act": "Mail comes back (soft)",
    "change_address": "Change the address",
    "block": "Put on the blacklist",
    "activate": "Activate (staff)",
    "delete": "Delete (staff)",
    "unblock": "Take off the blacklist",
    "complain": "Report as spam",
    "archive": "Archive (staff)",
    "deactivate": "Unsubscribe (staff)",
    "tag": "Give the tag (staff)",
    "untag": "Take the tag away (staff)",
    "sms_unsubscribe": "Unsubscribe from SMS",
}

LANGUAGES = {"en": ENGLISH, "de": GERMAN | {"soft_bounce_act": "Softbounce melden"}}


def translator(language: str) -> Callable[[str], str]:
    """A function that gives the language's word."""
    words = LANGUAGES[language]
    return lambda text: words.get(text, text)
