"""Words around people and addresses. All expressions look at folded text."""

import re


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


#: local parts of addresses that belong to a function
ROLES = _words("""
    abo abteilung admin alle anfrage anmeldung apply assistenz bewerbung billing
    buchhaltung buero büro center contact datenschutz dialog einkauf empfang events
    finance geschaeftsstelle geschäftsstelle hallo hello help hilfe hr info infos it
    jobs karriere kontakt kundenservice leitung mail marketing office personal post
    postmaster praxis presse press privacy projekte purchasing rechnung redaktion
    reception sales sekretariat sekretäriat service support team verein vertrieb
    verwaltung vorstand webmaster zentrale
""")
#: capitalised words that look like a name and are none
NO_NAMES = _words("""
    e-mail email ersatz fragen from für gruppe hello hi hallo herr herrn frau ich ihr
    ihre ihren ihrer in kollege kollegin kollegen kolleginnen kontakt mail mein meine
    meinem meinen meiner mit mr mrs ms my nachfolger nachfolgerin nachricht nachrichten
    abteilung anfragen anliegen beste bitte danke das dear der die dringenden our please
    postfach sehr sekretariat sie team the thank this unser unsere unseren unternehmen
    vertretung viele vertrieb wir you your adresse alle firma gmbh ag kg zentrale
    buchhaltung einkauf marketing support service rechtsanwalt rechtsanwältin
    geschäftsführer geschäftsführerin assistentin assistent sekretärin manager director
    leiter leiterin teamleiter teamleiterin abteilungsleiter abteilungsleiterin head
    januar februar märz april mai juni juli august september oktober november dezember
    january february march may june july october december montag dienstag mittwoch
    donnerstag freitag samstag sonntag monday tuesday wednesday thursday friday saturday
    sunday urgent matters all any for
""")
#: a sentence with one of these tells whom to turn to
HANDS_OVER = re.compile(
    r"nachfolge|uebernimmt|uebernommen|uebernehmen|betreut|zustaendig|wenden sie sich"
    r"|wende dich|kontaktieren|ansprechpartner|ansprechperson|erreichen sie|an meine"
    r"|vertretung|richten sie|nutzen sie|verwenden sie|hilft ihnen|helfen ihnen|fragen"
    r"|bitte an\b|senden sie|schreiben sie|stattdessen|kuenftig|zukuenftig"
    r"|successor|replac|taken over|takes over|taking over|contact|reach out|instead"
    r"|get in touch|direct (?:all|any|your|further)|forward|responsible|redirect"
    r"|address (?:all|any|your)|happy to help|be reached|will help|assist|write to"
    r"|(?:be|please) sent? |send (?:all|any|your)"
)
#: before an address: it is the old one
GIVES_UP = re.compile(
    r"\balt(?:e|en|er)\b|bisherig|nicht mehr|deaktiviert|abgeschaltet"
    r"|geloescht|loeschen"
    r"|\bold\b|previous|no longer|deactivated|closed|former|instead of|statt\b|anstelle"
    r"|will not be|wird .{0,30}nicht|aus (?:dem|ihrem) verteiler|entfernen"
    r"|remove|delete"
)
#: behind an address: it is the old one
GIVEN_UP = re.compile(
    r"nicht mehr|deaktiviert|abgeschaltet|geloescht|loeschen|no longer"
    r"|deactivated|closed"
    r"|will not be|wird .{0,30}nicht|aus (?:dem|ihrem) verteiler|entfernen"
    r"|remove|delete"
)
#: before an address: it is the new one
TAKES_UP = re.compile(
    r"\bneu(?:e|en|er|es)\b|kuenftig|zukuenftig|ab sofort|ab dem|lautet"
    r"|aendern|geaendert"
    r"|\bnew\b|from now on|in future|now reach|reach me|changed to|switched to|update"
    r"|verwenden sie|nutzen sie|bitte an|use\b|ersetzen|umstellen|nunmehr|jetzt|gilt"
)
#: a sentence with one of these tells that somebody has left
GONE = re.compile(
    r"nicht mehr|verlassen|ausgeschieden|ruhestand|verstorben|no longer"
    r"|has left|retired"
    r"|left (?:the|our)|passed away|not work|n't work"
)
