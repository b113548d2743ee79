"""What keeps newsletters from arriving."""

import pytest

from newsletter_sync.sync.sender_quality import percent, problems, says

GOOD = {
    "spf": "ok",
    "dkim": "ok",
    "dmarc": "ok",
    "imprint": True,
    "reply": True,
    "complaints": 0.0,
    "hard_bounces": 0.0,
    "single_opt_ins": False,
}


def test_S1_whatever_is_missing_or_unknown_is_told():
    assert problems(**GOOD) == []
    for name in ("spf", "dkim", "dmarc"):
        for state in ("missing", None):
            assert problems(**{**GOOD, name: state}) == [name]
    assert problems(**{**GOOD, "imprint": False, "reply": False}) == [
        "imprint",
        "reply",
    ]


def test_S5_double_opt_in_is_recommended():
    assert problems(**{**GOOD, "single_opt_ins": True}) == ["single_opt_ins"]


@pytest.mark.parametrize(
    ("complaints", "hard_bounces", "found"),
    [
        (0.09, 0.99, []),
        (0.1, 1.0, ["complaints", "hard_bounces"]),
        (0.3, 0.0, ["complaints_alarm"]),
    ],
)
def test_S2_from_which_rate_on(complaints, hard_bounces, found):
    rates = {"complaints": complaints, "hard_bounces": hard_bounces}
    assert problems(**{**GOOD, **rates}) == found


def test_S2_of_nobody_it_is_nothing():
    assert percent(0, 0) == 0.0
    assert percent(1, 1000) == pytest.approx(0.1)


@pytest.mark.parametrize(
    ("texts", "word", "state"),
    [
        ([], "v=spf1", "missing"),
        (["google-site=x", "V=SPF1 include:mail.example.org -all"], "v=spf1", "ok"),
        (["about v=spf1"], "v=spf1", "missing"),
        (["v=DMARC1; p=none"], "v=dmarc1", "ok"),
        (["v=DKIM1; k=rsa; p=MIGf"], "p=", "ok"),
        (["v=DKIM1; p="], "p=", "missing"),
        (["v=DKIM1; sp=x"], "p=", "missing"),
    ],
)
def test_S1_what_a_domain_says(texts, word, state):
    assert says(texts, word) == state
