"""When a run stops and asks."""

from __future__ import annotations

import pytest

from newsletter_sync.sync.brake import Brake, Counts, brake, unseen


def reasons(percent=20, **counts):
    whole = {"odoo_before": 100, "odoo_now": 100, "tool_before": 100, "tool_now": 100}
    return [stop.why for stop in brake(Counts(**{**whole, **counts}), percent)]


@pytest.mark.parametrize("percent", [0, 20, 100])
def test_a_side_that_comes_back_empty_always_stops(percent):
    assert reasons(percent, tool_now=0) == [Brake.TOOL_EMPTY]
    assert reasons(percent, odoo_now=0) == [Brake.ODOO_EMPTY]
    assert reasons(percent, odoo_now=0, tool_now=0) == [
        Brake.TOOL_EMPTY,
        Brake.ODOO_EMPTY,
    ]


@pytest.mark.parametrize("what", ["removed", "unsubscribed", "created"])
def test_more_than_the_part_stops(what):
    assert reasons(**{what: 20}) == []
    assert reasons(**{what: 21}) == [Brake(what)]
    assert reasons(0, **{what: 100}) == []


def test_the_part_is_rounded_down():
    assert reasons(1, odoo_before=950, tool_before=0, removed=9) == []
    assert reasons(1, odoo_before=950, tool_before=0, removed=10) == [Brake.REMOVED]


def test_a_few_people_are_everyday_work_even_on_a_short_list():
    short = {"odoo_before": 6, "odoo_now": 6, "tool_before": 6, "tool_now": 6}
    assert reasons(removed=4, **short) == []
    assert reasons(removed=5, **short) == [Brake.REMOVED]


def test_the_first_import_creates_everybody():
    first = {"odoo_before": 0, "odoo_now": 0, "tool_before": 0, "tool_now": 900}
    assert reasons(created=900, **first) == []


def test_many_other_addresses_at_once_are_a_surprise():
    assert reasons(moved=20) == []
    assert reasons(moved=21) == [Brake.MOVED]


def test_a_stop_tells_its_figures():
    (stop,) = brake(Counts(200, 200, 100, 100, unsubscribed=50), 20)
    assert (stop.count, stop.total, stop.limit) == (50, 200, 40)


def found(**counts):
    whole = {"odoo_before": 100, "odoo_now": 100, "tool_before": 100, "tool_now": 100}
    return brake(Counts(**{**whole, **counts}), 20)


def test_what_was_overruled_is_not_asked_again():
    stops = found(removed=40)
    assert unseen(stops, {"removed": 40}) == ()
    assert unseen(stops, {}) == stops


@pytest.mark.parametrize("more", [{"removed": 41}, {"removed": 40, "tool_now": 0}])
def test_more_than_was_overruled_is_asked(more):
    assert unseen(found(**more), {"removed": 40})


def test_another_reason_was_not_overruled():
    (stop,) = unseen(found(removed=40, unsubscribed=30), {"removed": 40})
    assert stop.why is Brake.UNSUBSCRIBED
