"""Whom the tool means, when several people could be meant."""

from __future__ import annotations

from itertools import permutations

import pytest

from newsletter_sync.sync.matching import Candidate, MatchedBy, Person, match

ANNA = Person("r1", "info@example.org", "Anna", "Müller")


def found(remote, *candidates):
    """The id, how, and whom a warning names; the same in every order."""
    answers = {
        (result.candidate and result.candidate.id, result.by, result.among)
        for order in permutations(candidates)
        for result in [match(remote, order)]
    }
    assert len(answers) == 1
    return answers.pop()


def family(id, first="Anna", last="Müller", **more):
    return Candidate(
        id, email="info@example.org", first_name=first, last_name=last, **more
    )


def test_the_recipients_id_beats_the_address():
    moved = Candidate(7, remote_id="r1", email="old@example.org")
    assert found(ANNA, moved, family(3)) == (7, MatchedBy.REMOTE_ID, ())


def test_who_is_another_recipient_already_is_not_meant():
    assert found(ANNA, family(3, remote_id="r2")) == (None, MatchedBy.NOBODY, ())
    other = family(9, "Bert")
    assert found(ANNA, family(3, remote_id="r2"), other)[:2] == (9, MatchedBy.ADDRESS)


@pytest.mark.parametrize("spelling", ["info@example.org", " INFO@Example.ORG "])
def test_the_address_is_compared_normalised(spelling):
    candidate = Candidate(5, email=spelling)
    assert found(ANNA, candidate) == (5, MatchedBy.ADDRESS, ())


def test_no_address_matches_nobody():
    assert found(Person(), Candidate(1), Candidate(2)) == (None, MatchedBy.NOBODY, ())


def test_names_decide_between_several_F11():
    people = family(3, "Bert"), family(8), family(9, "Carla")
    assert found(ANNA, *people) == (8, MatchedBy.NAME, ())


@pytest.mark.parametrize("last", ["MÜLLER", " müller ", "Mu\u0308ller"])
def test_names_are_compared_as_people_would(last):
    assert found(ANNA, family(3, "Bert"), family(8, "anna", last))[0] == 8


def test_still_several_the_lowest_id_and_all_are_named_F12():
    same = family(8), family(12), family(3, "Bert")
    assert found(ANNA, *same) == (8, MatchedBy.LOWEST, (8, 12))
    nobody_fits = family(8, "Dora"), family(3, "Bert")
    assert found(ANNA, *nobody_fits) == (3, MatchedBy.LOWEST, (3, 8))


def test_a_recipient_without_names_fits_nobody_by_name():
    nameless = Person("r1", "info@example.org")
    people = family(8, "", ""), family(3)
    assert found(nameless, *people) == (3, MatchedBy.LOWEST, (3, 8))


def test_a_persons_choice_is_remembered_F13():
    people = family(3), family(8, chosen=True)
    assert found(ANNA, *people) == (8, MatchedBy.REMEMBERED, ())
