"""What an administrator may write, and that nothing of it can hang or break."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter_sync.inbox.folding import fold
from newsletter_sync.inbox.rules import (
    Fields,
    Rule,
    RuleBook,
    RuleError,
    compile_pattern,
)
from newsletter_sync.inbox.vocabulary import MailClass
from tests_pure.inbox.rule_data import shipped_rules


def fits(pattern, text, regex=False):
    return bool(compile_pattern(pattern, regex).search(fold(text)))


@pytest.mark.parametrize(
    "pattern, text, expected",
    [
        ("keine Mails mehr", "Bitte KEINE\n  mails mehr!", True),
        ("keine mails mehr", "keine einzigen mails mehr", False),
        ("kündigen", "Ich möchte kuendigen", True),
        ("kuendigen", "Ich möchte kündigen", True),
        ("abbestell*", "Abbestellung", True),
        ("abbestell", "Abbestellung", False),
        ("nicht … tätig", "nicht mehr für uns tätig", True),
        ("nicht ... tätig", "nicht mehr für uns tätig", True),
        ("nicht … tätig", "Das geht nicht. Er ist tätig", False),
        ("nicht …1 tätig", "nicht mehr tätig", True),
        ("nicht …1 tätig", "nicht mehr bei uns tätig", False),
        ("(raus|weg) aus verteiler", "weg aus Verteiler", True),
        ("aus (dem|) verteiler", "aus Verteiler.", True),
        ("aus (dem|) verteiler", "aus dem Verteiler.", True),
        ("aus (ihrem|) verteiler", "aus meinem Verteiler", False),
        ("verlassen … (heute|)", "Er hat uns verlassen.", True),
        ("don't send", "Please don’t send", True),
        # a hyphen parts words
        ("stop", "Non-stop", True),
        ("stop", "stopover", False),
    ],
)
def test_phrases(pattern, text, expected):
    assert fits(pattern, text) is expected


def test_dates_end_no_sentence():
    assert fits("habe … firma … verlassen", "Ich habe die Firma zum 31.12. verlassen.")
    assert fits("habe … firma … verlassen", "Ich habe die Firma am 3. Mai verlassen.")


@pytest.mark.parametrize(
    "pattern, regex, told",
    [
        ("", False, "empty"),
        ("…", False, "too short"),
        ("*", False, "too short"),
        ("stop\nab", False, "ab: too short"),
        ("keine (mails", False, "bracket"),
        ("keine (|)", False, "choose"),
        ("x" * 30_000, False, "too long"),
        ("(a", True, "missing )"),
        ("(?=a)b", True, "invalid perl operator"),
        (r"(a)\1", True, "invalid escape"),
        ("a**", True, "bad repetition"),
        ("", True, "empty"),
    ],
)
def test_a_bad_pattern_is_refused_with_its_reason(pattern, regex, told):
    with pytest.raises(RuleError, match=re_escape(told)):
        compile_pattern(pattern, regex)


def re_escape(text):
    return text.replace("(", r"\(").replace(")", r"\)")


@pytest.mark.parametrize("pattern", ["(a+)+$", "(a|a)*$", "(.*a){20}$", "([a-z]+)*!"])
def test_no_expression_can_keep_the_server_busy(pattern):
    """With Python's own `re` each of these runs for years."""
    started = time.process_time()
    compile_pattern(pattern, regex=True).search("a" * 5000 + "!b")
    assert time.process_time() - started < 5


@given(st.text(max_size=60), st.booleans())
def test_any_pattern_compiles_or_says_why(pattern, regex):
    try:
        compiled = compile_pattern(pattern, regex)
    except RuleError as error:
        assert error.problem
    else:
        compiled.search("bitte keine mails mehr")


def test_a_broken_rule_does_not_stop_the_others():
    rules = [
        Rule("good", MailClass.WANTS_OUT, "keine mails", 80),
        Rule("bad", MailClass.WANTS_OUT, "(", 80, regex=True),
    ]
    book = RuleBook(rules)
    fields = Fields("", "bitte keine mails", "", "")
    assert [reason.rule for reason in book.reasons(fields, False)] == ["good"]
    assert list(book.broken) == ["bad"]


def test_the_place_and_kind_of_mail_count():
    rules = [
        Rule("subject", MailClass.WANTS_OUT, "abmelden", 80, where="subject"),
        Rule("machine", MailClass.WANTS_OUT, "abmelden", 80, only="automatic"),
        Rule("headers", MailClass.WANTS_OUT, "x-foo: 1", 80, where="headers"),
        Rule("sender", MailClass.WANTS_OUT, "shop@", 80, where="sender", regex=True),
        Rule("against", MailClass.WANTS_OUT, "abmelden", 80, against=True),
    ]
    fields = Fields("", "abmelden", "shop <shop@x.example>", "x-foo: 1")
    found = {r.rule: r.weight for r in RuleBook(rules).reasons(fields, False)}
    assert found == {"headers": 80, "sender": 80, "against": -80}


def test_all_shipped_rules_can_be_used():
    rules = shipped_rules()
    assert not RuleBook(rules).broken
    assert len({rule.code for rule in rules}) == len(rules) > 40
    assert all(0 < rule.weight < 100 for rule in rules)
