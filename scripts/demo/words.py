"""What names are made of, as in address books from Flensburg to Basel."""

from __future__ import annotations

import unicodedata


def _split(text: str) -> tuple[str, ...]:
    return tuple(text.replace("\n", " ").split())


#: language -> first names of women and of men, last names
NAMES = {
    "de_DE": (
        _split(
            """Anna Ursula Sabine Jutta Käthe Bärbel Monika Renate Ingrid Heike Zoë
            Katharina Franziska Lena Marie Sophie Hannah Gisela Antje Birgit Ayşe Elif
            Agnieszka Linh Chiara Ulrike Dorothée Mareike Wiebke Anneliese Svenja"""
        ),
        _split(
            """Jörg Günther Jürgen Hans-Peter Karl-Heinz Björn Sören Matthias Thomas
            Stefan Andreas Wolfgang Lukas Jonas Paul Felix Moritz Götz Rüdiger Helmut
            Mehmet Emre Paweł Minh Luca Frank Uwe Dietrich Sebastian Torben Ludwig"""
        ),
        (
            *_split(
                """Müller Schmidt Schneider Fischer Weber Meyer Wagner Becker Schäfer
                Hoffmann Koch Bauer Richter Klein Wolf Schröder Neumann Schwarz Krüger
                Hofmann Hartmann Lange Krause Lehmann Köhler Maier Huber Kaiser Fuchs
                Scholz Möller Weiß Jäger Groß Günther Böhm Grünewald Süß Färber Vögele
                Häußler Löwe Kühn Mößinger Strauß Brückner Yıldız Öztürk Nowak Wójcik
                Nguyen Rossi Petersen Hansen Brandstätter Übelacker Meier-Lüdenscheid"""
            ),
            "von der Heide",
            "von Bülow",
            "vom Brocke",
            "zu Löwenstein",
            "van den Berg",
            "Graf von Hohenau",
        ),
    ),
    "en_US": (
        _split("Emily Margaret Olivia Grace Charlotte Siobhán Rebecca Hazel"),
        _split("James Oliver William Harry George Liam Duncan Theodore"),
        _split("Smith Jones Taylor Brown Wilson O'Connor MacDonald Hughes Ashworth"),
    ),
    "fr_FR": (
        _split("Camille Léa Chloé Hélène Françoise Amélie Zoé Geneviève"),
        _split("Jean-Luc Pierre François Étienne Jérôme Benoît Théo Rémi"),
        _split("Dupont Lefèvre Moreau Girard Beaulieu Bérubé Mercier Noël"),
    ),
}
TITLES = ("Dr.", "Dr.", "Dr.", "Prof. Dr.", "Prof.", "Dr. med.", "Dipl.-Ing.")

TRADES = (
    "Bäckerei",
    "Buchhandlung",
    "Druckerei",
    "Gärtnerei",
    "Tischlerei",
    "Architekturbüro",
    "Weingut",
    "Physiotherapie",
    "Verlag",
    "Musikhaus",
)
LEGAL_FORMS = ("GmbH & Co. KG", "GmbH", "KG", "OHG", "AG", "eG")
ASSOCIATIONS = (
    "Förderverein Stadtbücherei",
    "Kulturkreis",
    "Kammerchor",
    "Bürgerstiftung",
    "Turn- und Sportverein",
    "Naturschutzbund",
    "Städtepartnerschaftsverein",
    "Jugendorchester",
    "Tafel",
    "Heimat- und Geschichtsverein",
)
#: town, postcode, street
PLACES = (
    ("Göttingen", "37073", "Lange Straße"),
    ("Lüneburg", "21335", "Am Sande"),
    ("Köln", "50667", "Brückenstraße"),
    ("Würzburg", "97070", "Schönbornstraße"),
    ("Görlitz", "02826", "Obermarkt"),
    ("Tübingen", "72070", "Neckargasse"),
    ("Flensburg", "24937", "Große Straße"),
    ("Zürich", "8001", "Rämistrasse"),
    ("Graz", "8010", "Herrengasse"),
)
FUNCTIONS = (
    "Geschäftsführung",
    "Öffentlichkeitsarbeit",
    "Vorstand",
    "Buchhaltung",
    "Redaktion",
)
#: The tags of contacts: English name -> German name
TAGS = {
    "Member": "Mitglied",
    "Donor": "Spender",
    "Volunteer": "Ehrenamt",
    "Press": "Presse",
    "Subscriber": "Abonnent",
}
#: What clerks leave in the e-mail field when they know no address.
NO_REAL_ADDRESS = (
    "keine",
    "siehe Notiz",
    "unbekannt",
    "per Post!",
    "{user}@",
    "{user}.example.org",
    "{user}@@example.org",
    "{user} at example.org",
    "www.example.org",
    "{user}@example",
)
_ASCII = str.maketrans(
    {"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "ı": "i", "ł": "l", "ø": "o"}
)


def in_ascii(text: str) -> str:
    """Lower case letters, digits and dashes, as mail addresses are made of names."""
    text = unicodedata.normalize("NFKD", text.lower().translate(_ASCII))
    text = "".join(char for char in text if not unicodedata.combining(char))
    kept = "".join(char if char.isalnum() else "-" for char in text if char != "'")
    return "-".join(filter(None, kept.split("-")))
