"""How well the shipped rules read mails: a labelled corpus, one part of it held out.

The keywords were written with the mails in ``train`` at hand; those in ``held_out``
were written afterwards. ``pytest -s`` shows the confusion matrices.
"""

import json
from collections import Counter
from pathlib import Path

import pytest

from newsletter_sync.inbox.classify import classify
from newsletter_sync.inbox.vocabulary import MailClass
from tests_pure.inbox.rule_data import rule_book

CORPUS = Path(__file__).parent / "corpus"
LABELS = json.loads((CORPUS / "labels.json").read_text(encoding="utf-8"))
OWN = ["news@verein.example.org"]
CLASSES = [mail_class.value for mail_class in MailClass]
SPLITS = ("train", "held_out")


def read(name):
    raw = (CORPUS / name).read_bytes()
    return classify(raw, rule_book(), own_addresses=OWN)


def named(split):
    return {name: label for name, label in LABELS.items() if name.startswith(split)}


@pytest.fixture(scope="module")
def verdicts():
    return {name: read(name) for name in LABELS}


def wrong(verdicts, split, mail_class):
    """Mails taken for a class that they are not."""
    return [
        name
        for name, label in named(split).items()
        if verdicts[name].mail_class == mail_class != label["class"]
    ]


def test_the_corpus_is_what_it_says(verdicts):
    assert {path.relative_to(CORPUS).as_posix() for path in CORPUS.rglob("*.eml")} == (
        set(LABELS)
    )
    assert len(LABELS) >= 120 and len(named("held_out")) >= 40
    assert {label["class"] for label in LABELS.values()} == set(CLASSES)


@pytest.mark.parametrize("split", SPLITS)
def test_confusion_matrix(verdicts, split):
    labels = named(split)
    counts = Counter(
        (label["class"], verdicts[name].mail_class.value)
        for name, label in labels.items()
    )
    print(
        f"\n{split}: {len(labels)} mails, in rows what they are, in columns the answer"
    )
    print(" " * 15 + "".join(f"{name[:12]:>13}" for name in CLASSES))
    for truth in CLASSES:
        row = "".join(f"{counts[truth, answer] or '.':>13}" for answer in CLASSES)
        print(f"{truth:15}{row}")
    right = sum(counts[name, name] for name in CLASSES)
    assert right >= len(labels) * (0.98 if split == "train" else 0.85)


@pytest.mark.parametrize("mail_class", [MailClass.LEFT_COMPANY, MailClass.WANTS_OUT])
@pytest.mark.parametrize("split", [*SPLITS, ""])
def test_A6_harmful_mistakes_are_below_two_percent(verdicts, split, mail_class):
    mistakes = wrong(verdicts, split, mail_class)
    others = [n for n, label in named(split).items() if label["class"] != mail_class]
    assert len(mistakes) < 0.02 * len(others), mistakes


def test_nothing_harmful_is_called_sure_by_mistake(verdicts):
    """What may be carried out without a person looking."""
    for mail_class in (MailClass.OUT_OF_OFFICE, MailClass.BOUNCE):
        for name in wrong(verdicts, "", mail_class):
            verdict = verdicts[name]
            assert not verdict.automatic or verdict.certainty < 80, name


@pytest.mark.parametrize("name", sorted(LABELS))
def test_each_mail_of_the_training_part(verdicts, name):
    """The details: whom it is about, the new address, the successor, the codes."""
    label, verdict = LABELS[name], verdicts[name]
    if verdict.mail_class.value != label["class"]:
        pytest.skip("taken for something else; counted in the matrix")
    reports = verdict.report.recipients if verdict.report else ()
    about = verdict.report or verdict.complaint
    told = {
        "email": verdict.old_email,
        "old": verdict.old_email,
        "new": verdict.new_email,
        "successor": [verdict.successor.name, verdict.successor.email],
        "mentioned": list(verdict.mentioned),
        "bounced": [[row.email, row.action, row.status] for row in reports],
        "about": about.message_id if about else "",
        "complained": list(verdict.complaint.recipients) if verdict.complaint else [],
        "kind": verdict.complaint.kind if verdict.complaint else "",
    }
    expected = {key: value for key, value in label.items() if key in told}
    assert {key: told[key] for key in expected} == expected
    for field, value in label.get("signup", {}).items():
        assert verdict.sign_up[field] == value


def test_A3_a_successor_is_never_whom_the_mail_is_about(verdicts):
    for verdict in verdicts.values():
        if verdict.successor.email:
            assert verdict.successor.email not in (verdict.old_email, *OWN)
