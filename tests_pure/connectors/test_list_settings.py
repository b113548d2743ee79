"""Settings of a new list: every tool's names are known, wrong values are named."""

import pytest

from newsletter_sync.connectors import registry
from newsletter_sync.connectors.list_settings import LIST_SETTINGS, asked, problems

CLASSES = list(registry.all(developer=True).values())


@pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.code)
def test_every_declared_setting_is_in_the_vocabulary(cls):
    names = asked(cls.capabilities)
    assert set(names) <= set(LIST_SETTINGS)
    assert len(names) == len(set(names))
    assert not names or cls.capabilities.create_list


def test_what_is_demanded_comes_first():
    inxmail = registry.get("inxmail").capabilities
    assert asked(inxmail)[0] == "sender_email"
    assert "description" in asked(inxmail)


@pytest.mark.parametrize(
    ("name", "value", "problem"),
    [
        ("sender_email", "news@example.org", None),
        ("sender_email", "news", "email"),
        ("sender_email", "  ", "missing"),
        ("country", "DE", None),
        ("country", "Germany", "country"),
        ("country", "de", "country"),
        ("language", "de", None),
        ("language", "de_DE", "language"),
        ("company", "", "missing"),
        ("reply_to_email", "", None),
        ("something_new", "as it is", None),
    ],
)
def test_wrong_values_are_named(name, value, problem):
    demanded = ("sender_email", "country", "company")
    found = problems([name], demanded, {name: value})
    assert found == ({name: problem} if problem else {})
