"""The words that tell apart the parts of a name, as data.

Only what German, Austrian and Swiss address books hold beyond the vocabulary of the
``nameparser`` library, and the salutations of a few more languages.
"""

from __future__ import annotations

import re


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


#: Salutations that are read in records of every language: code -> words, undotted.
SALUTATIONS = {
    "mr": _words("herr herrn hr hrn mr mister"),
    "mrs": _words("frau fr frl fräulein mrs ms miss"),
    "family": _words("familie fam eheleute ehepaar family"),
    "neutral": _words("divers mx"),
}
#: Read only in records of that language: elsewhere "M." is an initial, "Sr." a suffix.
FOREIGN_SALUTATIONS = {
    "fr": {"mr": _words("m monsieur"), "mrs": _words("mme madame mlle")},
    "es": {"mr": _words("sr señor"), "mrs": _words("sra señora srta")},
    "it": {"mr": _words("sig signor"), "mrs": _words("sig.ra signora")},
    "nl": {"mr": _words("dhr heer"), "mrs": _words("mevr mw mevrouw")},
}
COUPLE_WORDS = _words("und and u. & +")

#: Academic titles, undotted.
TITLES = _words(
    "dr dres prof professor professorin doktor pd univ.-prof priv.-doz dr.-ing"
)
#: Degrees that stand in front, recognised by their dot.
FRONT_DEGREE = re.compile(r"dipl\.\S*|(?:mag|ing|dkfm)\.", re.IGNORECASE)
#: What can follow a title, and only there, and only dotted: "Dr. rer. nat.".
TITLE_PART = re.compile(
    r"(?:med|dent|vet|jur|iur|phil|theol|rer|nat|pol|oec|sc|agr|ing|techn|mont|paed|päd"
    r"|h\.c|e\.h|mult|habil)\.|\((?:FH|TU|BA|Univ\.?)\)",
    re.IGNORECASE,
)

#: By German law part of the last name.
NOBILITY = _words(
    "graf gräfin freiherr freifrau freiin baron baronin fürst fürstin prinz prinzessin"
    " ritter edler edle reichsgraf"
)
PARTICLES = _words("von v. vom zu zur zum am der den dem")
#: Capital or not, these begin a last name and no first name.
ONLY_PARTICLES = _words("Von Vom Zu Zum Zur")

GENERATIONS = _words("jun jr junior sen sr senior")
#: Degrees behind a name, undotted at the end; none of them is anybody's last name.
DEGREES = _words("b.a m.a b.sc m.sc b.eng m.eng ll.b ll.m mba ph.d phd mdb mdl")
BORN = _words("geb geborene geborener née")

#: Legal forms, written as they must be: "AG", not "Ag".
LEGAL_FORM = re.compile(
    r"(?<!\S)(?:g?GmbH|mbH|AG|KG|KGaA|OHG|GbR|UG|eG|SE|e\. ?V\.|e\. ?K\.|Ltd\.?|LLC"
    r"|LLP|Inc\.?|Corp\.?|PLC|S\.A\.|SARL|S\.r\.l\.|B\.V\.|N\.V\.|Sp\. z o\.o\.)(?!\w)"
    r"|^(?:Firma|Fa\.)\s|&\s*Co\b"
)
