"""A list that is kept equal both ways: fetched, imported, compared, changed."""

from __future__ import annotations

from dataclasses import replace

from ..figures import Figures, measurement

#: changes of an incremental run, half of them in the tool, half in Odoo
CHANGES = 100
#: so many people are on the short list that a long one is measured by
SHORT = 1000
#: what is compared with the tool's list
COMPARED = ("newsletter_member", "mailing_contact", "mailing_subscription")
#: so many are compared record by record; for more the time is multiplied
SINGLE = 1000


@measurement(
    *("fetch", "first_import", "compare_unchanged", "compare_changed_1pct"),
    "single_records",
)
def coupled(stage, size):
    """The tool's list is read and comes into an empty mailing list; then it is compared
    with the very same people twice, and with one in a hundred changed on each side."""
    _list_id, coupling = _couple(stage, size, "whole")
    read = stage.outcome("coupled.read", coupling, stage.recording)
    assert read["people"] == size, read
    yield _figures("fetch", size, read, stage.replay(at_twin=False))
    imported = stage.outcome("coupled.settle", read["run_id"], "copy")
    yield _figures("first_import", size, imported)
    # whoever was new is no news in the second comparison: that is written once
    run = stage.inside("coupled.stage", coupling)
    stage.outcome("coupled.settle", run, "")
    for name, part in (("compare_unchanged", 0), ("compare_changed_1pct", 100)):
        stage.rest(*COMPARED)
        run = stage.inside("coupled.stage", coupling)
        changed = 0
        if part:
            changed = stage.inside("coupled.change", coupling, run, part)
        else:
            number = min(size, SINGLE)
            single = stage.outcome("single_records.compare", run, number)
        compared = stage.outcome("coupled.settle", run, "join")
        assert compared["found"] == changed, (compared, changed)
        yield _figures(name, size, compared)
    yield _multiplied(_figures("single_records", size, single), size / number)


@measurement("incremental")
def incremental(stage, size):
    """The same number of changes in a long list and in a short one."""
    # the short lists of several sizes are of the same length, but of other people
    short = _changed(stage, min(SHORT, size), f"short{size}x")
    long = _changed(stage, size, "long")
    seconds = sum(short["phases"].values())
    yield _figures("incremental", size, long, seconds)


def _changed(stage, size, kind):
    list_id, coupling = _couple(stage, size, kind)
    read = stage.outcome("coupled.read", coupling, stage.recording)
    stage.outcome("coupled.settle", read["run_id"], "")
    half = min(CHANGES, size) // 2
    for number in range(half):
        email = f"person{size - 1 - number:07}@{_domain(kind, size)}"
        stage.tool.act("unsubscribe", list_id, email)
    stage.inside("coupled.change_some", coupling, half)
    stage.rest(*COMPARED)
    outcome = stage.outcome("coupled.changes", coupling, stage.recording)
    assert outcome["found"] == 2 * half, outcome
    return outcome


def _couple(stage, size, kind):
    list_id = stage.new_list(f"Coupled {kind} {size}")
    stage.tool.seed(list_id, size, _domain(kind, size))
    return list_id, stage.inside("coupled.couple", list_id)


def _domain(kind, size):
    return f"{kind}{size}.example.org"


def _multiplied(figures, factor):
    return replace(
        figures,
        seconds=figures.seconds * factor,
        cpu_seconds=figures.cpu_seconds * factor,
        phases={name: took * factor for name, took in figures.phases.items()},
    )


def _figures(name, size, outcome, floor=None):
    return Figures(
        name=name,
        n=size,
        seconds=sum(outcome["phases"].values()),
        cpu_seconds=outcome["cpu_seconds"],
        floor_seconds=outcome.get("floor_seconds", 0.0) if floor is None else floor,
        peak_mb=outcome["peak_mb"],
        requests=outcome["requests"],
        phases=outcome["phases"],
    )
