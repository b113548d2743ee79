"""Whether a tool asks, by what is known of its list and of the chosen process (B16)."""

from __future__ import annotations

import pytest

from newsletter_sync.connectors.capabilities import Capabilities
from newsletter_sync.sync.opt_in import Joining, OptIn, joining_task, joins, opt_in
from newsletter_sync.sync.reconcile_records import Task

NEVER = Capabilities()
CALL = Capabilities(double_opt_in=True)  #: asks whomever it is told to ask
LIST = Capabilities(double_opt_in=True, asks_by_list=True)


@pytest.mark.parametrize(
    ("tool", "of_list", "of_process", "mode"),
    [
        (NEVER, "", "", OptIn.SINGLE),
        (NEVER, "double", "", OptIn.SINGLE),
        (CALL, "", "", OptIn.DOUBLE),
        # the mode of a list is about its own forms there, not about our call
        (CALL, "single", "", OptIn.DOUBLE),
        (CALL, "", "single", OptIn.SINGLE),
        (CALL, "", "double", OptIn.DOUBLE),
        (LIST, "", "", OptIn.UNKNOWN),
        (LIST, "odd", "", OptIn.UNKNOWN),
        (LIST, "single", "", OptIn.SINGLE),
        (LIST, "confirmed", "", OptIn.SINGLE),
        (LIST, "double", "", OptIn.DOUBLE),
        (LIST, "single", "double", OptIn.DOUBLE),
    ],
)
def test_the_mode(tool, of_list, of_process, mode):
    assert opt_in(tool, of_list, of_process) is mode


@pytest.mark.parametrize(
    ("task", "mode", "becomes", "joining"),
    [
        (Task.TRANSMIT, OptIn.SINGLE, Task.TRANSMIT, Joining.AT_ONCE),
        (Task.TRANSMIT, OptIn.DOUBLE, Task.TRANSMIT, Joining.AT_ONCE),
        (Task.TRANSMIT, OptIn.UNKNOWN, Task.TRANSMIT, Joining.AT_ONCE),
        (Task.SIGNUP, OptIn.SINGLE, Task.TRANSMIT, Joining.NOBODY_ASKED),
        (Task.SIGNUP, OptIn.DOUBLE, Task.SIGNUP, Joining.ASKED),
        (Task.SIGNUP, OptIn.UNKNOWN, Task.SIGNUP, Joining.LIST_DECIDES),
    ],
)
def test_what_becomes_of_somebody(task, mode, becomes, joining):
    assert joining_task(task, mode) == becomes
    assert joins(task, mode) is joining


def test_a_chosen_process_asks_also_those_who_are_transmitted():
    assert joins(Task.TRANSMIT, OptIn.DOUBLE, "double") is Joining.ASKED
    assert joins(Task.TRANSMIT, OptIn.SINGLE, "single") is Joining.AT_ONCE
