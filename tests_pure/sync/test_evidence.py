"""A chain of evidence: whatever is done to it afterwards is found."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter_sync.sync.evidence import (
    START,
    Part,
    Problem,
    examine,
    head,
    next_piece,
    part,
    plain,
)

KEY, NAME = "key of the tests", "1 anna@example.org"
KINDS = ("request", "mail", "confirmation", "note", "withdrawal")


def chain(kinds=KINDS, key=KEY):
    """A chain with one piece for each kind, and its head."""
    pieces, previous = [], START
    for number, kind in enumerate(kinds, 1):
        piece = next_piece(
            previous,
            number,
            {"kind": kind, "date": f"2026-03-{number:02} 12:00:00"},
            part(f"salt {number}", {"wording": "Yes, I want it. Grüße", "lang": "de"}),
            part(f"pepper {number}", {"ip": "192.0.2.1", "user_agent": "Browser"}),
            key,
        )
        pieces.append(piece)
        previous = piece.hash
    return pieces, head(NAME, len(pieces), previous, key)


def problems(pieces, end):
    """What is found, as a set of problems."""
    return {each.problem for each in examine(pieces, end, NAME, KEY)}


def erased(piece, *names):
    gone = Part(says={"ip": None, "wording": None}, salt="", digest="")
    return replace(
        piece,
        **{n: replace(gone, digest=getattr(piece, n).digest) for n in names},
    )


def test_E2_an_intact_chain_has_no_problem():
    assert examine(*chain(), NAME, KEY) == []
    assert examine([], head(NAME, 0, START, KEY), NAME, KEY) == []


def test_E2_erasing_early_keeps_the_chain_valid():
    pieces, end = chain()
    pieces = [erased(piece, "trace") for piece in pieces]
    assert problems(pieces, end) == set()
    pieces[0] = erased(pieces[0], "content", "trace")
    assert problems(pieces, end) == set()


def test_E2_the_erased_cannot_be_guessed_back():
    """Without the salt even the few addresses of a network cannot be tried out."""
    pieces, _end = chain()
    same = part("pepper 1", {"ip": "192.0.2.1", "user_agent": "Browser"})
    assert pieces[0].trace == same
    assert pieces[0].trace.digest != pieces[1].trace.digest, "same text, other salt"


@pytest.mark.parametrize("name", ["content", "trace"])
def test_E2_erasing_half_is_a_change(name):
    pieces, end = chain()
    kept = getattr(pieces[1], name)
    for half in (replace(kept, salt=""), replace(kept, says={})):
        changed = [*pieces]
        changed[1] = replace(pieces[1], **{name: half})
        assert problems(changed, end) == {Problem.CHANGED}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("facts", {"kind": "confirmation", "date": "2020-01-01 00:00:00"}),
        ("content", part("salt 2", {"wording": "Other"})),
        ("trace", part("pepper 2", {"ip": "198.51.100.7"})),
    ],
)
def test_E2_a_changed_piece_is_found(field, value):
    pieces, end = chain()
    pieces[1] = replace(pieces[1], **{field: value})
    assert Problem.CHANGED in problems(pieces, end)


def test_E2_a_change_with_new_hashes_is_found():
    """Somebody who knows how hashes are made, but not the key."""
    _pieces, end = chain()
    forged, _end = chain(key="another key")
    forged[1] = next_piece(
        forged[0].hash,
        2,
        {"kind": "mail", "date": "2020-01-01 00:00:00"},
        forged[1].content,
        forged[1].trace,
        "another key",
    )
    assert Problem.FORGED in problems(forged, end)


@pytest.mark.parametrize("gone", range(len(KINDS)))
def test_E2_a_removed_piece_is_found(gone):
    pieces, end = chain()
    del pieces[gone]
    assert Problem.MISSING in problems(pieces, end)


def test_E2_a_removed_piece_is_found_when_the_rest_closes_up():
    pieces, end = chain()
    closed = [
        *pieces[:1],
        *(replace(p, position=p.position - 1) for p in pieces[2:]),
    ]
    assert problems(closed, end) >= {Problem.BROKEN, Problem.CHANGED, Problem.MISSING}


def test_E2_pieces_that_changed_places_are_found():
    pieces, end = chain()
    second, third = pieces[1], pieces[2]
    pieces[1] = replace(third, position=2)
    pieces[2] = replace(second, position=3)
    assert problems(pieces, end) >= {Problem.BROKEN, Problem.CHANGED}


def test_E2_a_forged_append_is_found():
    pieces, end = chain()
    forged = next_piece(
        pieces[-1].hash,
        len(pieces) + 1,
        {"kind": "confirmation", "date": "2026-04-01 12:00:00"},
        part("salt", {}),
        part("pepper", {}),
        "guessed",
    )
    longer = [*pieces, forged]
    assert problems(longer, end) == {Problem.FORGED}
    # who moves the head as well cannot seal it
    moved = head(NAME, len(longer), forged.hash, "guessed")
    assert problems(longer, moved) == {Problem.FORGED}


def test_E2_a_chain_of_somebody_else_is_found():
    pieces, end = chain()
    assert [f.problem for f in examine(pieces, end, "1 eva@example.org", KEY)] == [
        Problem.FORGED
    ]
    assert [f.problem for f in examine(pieces, None, NAME, KEY)] == [Problem.MISSING]


def test_a_new_field_changes_no_old_hash():
    assert plain({"b": 1, "a": "x", "new": None, "flag": False}) == plain(
        {"a": "x", "b": 1}
    )


def test_values_cannot_run_into_each_other():
    assert plain({"a": "x", "b": "y"}) != plain({"a": 'x","b":"y'})


@given(st.data())
def test_E2_any_edit_of_any_piece_is_found(data):
    pieces, end = chain()
    number = data.draw(st.integers(0, len(pieces) - 1))
    piece = pieces[number]
    name = data.draw(st.sampled_from(["position", "previous", "hash", "seal", "facts"]))
    text = data.draw(st.text(max_size=70))
    value = {"position": number + 2, "facts": {"kind": text}}.get(name, text)
    pieces[number] = replace(piece, **{name: value})
    assert bool(problems(pieces, end)) is (getattr(piece, name) != value)
