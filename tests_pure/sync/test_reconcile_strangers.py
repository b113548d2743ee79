"""About a stranger the rules can see no more than the status in the tool.

A first import relies on it: ``models/newsletter_enter.py`` asks the rules once for each
status and takes in everybody by one statement.
"""

from dataclasses import replace
from datetime import datetime, timezone

from hypothesis import given
from hypothesis import strategies as st

from newsletter_sync.sync.reconcile import LEFT, plan
from newsletter_sync.sync.reconcile_records import (
    Base,
    Direction,
    FieldRule,
    Policy,
    Rule,
    Side,
    StatusRule,
    Task,
)
from newsletter_sync.sync.vocabulary import Status

NAMES = ("1", "2", "3")
moments = st.none() | st.datetimes(
    datetime(2000, 1, 1), datetime(2030, 1, 1), timezones=st.just(timezone.utc)
)
policies = st.builds(
    Policy,
    direction=st.sampled_from(Direction),
    status_rule=st.sampled_from(StatusRule),
    new_contacts=st.sampled_from(["contact", "mailing_contact", "ask"]),
    transmit_missing=st.booleans(),
    join=st.sampled_from([Task.TRANSMIT, Task.SIGNUP]),
    gone_is_leaving=st.booleans(),
    # nothing is known: so there is no consent of ours
    consent_missing=st.just("none"),
    fields=st.fixed_dictionaries(
        {
            name: st.builds(
                FieldRule, st.sampled_from(Direction), st.sampled_from(Rule)
            )
            for name in NAMES
        }
    ),
)
values = st.dictionaries(
    st.sampled_from(NAMES), st.sampled_from([None, "", " ", "Anna", " Anna", "Färber"])
)


def _without_what_is_ones_own(outcome):
    """What must be the same for everybody with one status."""
    return replace(
        outcome,
        difference="" if outcome.local.status is None else outcome.difference,
        local=replace(outcome.local, status_at=None, values={}, email=""),
        agreed=Base(status=outcome.agreed.status),
    )


@given(st.sampled_from(Status), policies, values, moments, moments, moments)
def test_only_the_status_counts(status, policy, said, status_at, changed_at, proof_at):
    somebody = Side(status, email="somebody@example.org", known=True)
    anna = Side(*(status, status_at, "anna@example.org", said, changed_at), known=True)
    proven = replace(policy, remote_proof_at=proof_at)
    found = plan(None, Side(), anna, proven)
    expected = plan(None, Side(), somebody, policy)
    assert _without_what_is_ones_own(found) == _without_what_is_ones_own(expected)
    if status not in LEFT:
        assert found.difference == expected.difference
    # who left is told apart by the time of leaving only
    again = plan(None, Side(), replace(somebody, status_at=status_at), policy)
    assert found.difference == again.difference


@given(st.sampled_from(Status), policies, values)
def test_whoever_comes_in_brings_all_values_along(status, policy, said):
    found = plan(None, Side(), Side(status, email="a@example.org", values=said), policy)
    if found.local.create:
        kept = {name: text for name, text in said.items() if (text or "").strip()}
        assert dict(found.local.values) == dict(found.agreed.values) == kept
    else:
        assert not found.local and not found.agreed.values
