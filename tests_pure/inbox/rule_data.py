"""The rules as they are shipped, read from the data files without Odoo."""

from functools import lru_cache
from pathlib import Path
from xml.etree import ElementTree

from newsletter_sync.inbox.rules import Rule, RuleBook
from newsletter_sync.inbox.vocabulary import MailClass

DATA = Path(__file__).resolve().parents[2] / "data"


def shipped_rules():
    files = sorted(DATA.glob("case_rules_*.xml"))
    records = [
        record
        for file in files
        for record in ElementTree.parse(file).getroot().iter("record")
    ]
    return [_rule(record) for record in records]


@lru_cache(maxsize=1)
def rule_book():
    return RuleBook(shipped_rules())


def _rule(record):
    values = {field.get("name"): field.text or "" for field in record}
    return Rule(
        code=record.get("id"),
        mail_class=MailClass(values["mail_class"]),
        pattern=values["pattern"],
        weight=int(values["weight"]),
        where=values.get("where", "subject_or_text"),
        regex=values.get("kind") == "regex",
        against="against" in values,
        only=values.get("only", ""),
    )
