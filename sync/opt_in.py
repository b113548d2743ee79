"""Whether somebody who is brought to a list is asked first, and who decides that.

A task says what we want. What the tool makes of it depends on its list, or on the
opt-in process of the coupling: one that asks nobody subscribes at once, and a tool may
keep to itself which of both it does.
"""

from __future__ import annotations

from enum import Enum
from typing import Protocol

from .reconcile_records import Task


class OptIn(str, Enum):
    """What becomes of somebody whom the tool shall ask."""

    SINGLE = "single"  #: nobody is asked: subscribed at once, without a mail
    DOUBLE = "double"  #: a mail goes out, and the person is pending until the click
    UNKNOWN = "unknown"  #: a setting of the list, which the tool does not tell


class Joining(str, Enum):
    """What a task does with somebody who is not on the list."""

    AT_ONCE = "at_once"  #: subscribed, and no mail goes out
    ASKED = "asked"
    LIST_DECIDES = "list_decides"  #: one of both; nobody knows which
    NOBODY_ASKED = "nobody_asked"  #: was to be asked: subscribed with a consent only


class Asking(Protocol):
    """How a tool asks, as ``connectors.capabilities.Capabilities`` says it."""

    double_opt_in: bool
    asks_by_list: bool


def opt_in(tool: Asking, of_list: str = "", of_process: str = "") -> OptIn:
    """Return how the tool asks here.

    :param of_list: the mode of the list, and ``of_process`` that of the process which
        was chosen for it: "single", "confirmed", "double", "" where it is not told.
        Confirmed counts as single: a greeting is no question.
    """
    if not tool.double_opt_in:
        return OptIn.SINGLE
    told = of_process or (of_list if tool.asks_by_list else "")
    if told in ("single", "confirmed"):
        return OptIn.SINGLE
    if told == "double" or not tool.asks_by_list:
        return OptIn.DOUBLE
    return OptIn.UNKNOWN


def joins(task: Task, mode: OptIn, of_process: str = "") -> Joining:
    """Return what a task of joining does here.

    A process that asks, and that a person chose, asks everybody who is new.
    """
    if task == Task.TRANSMIT:
        return Joining.ASKED if of_process == "double" else Joining.AT_ONCE
    return {
        OptIn.SINGLE: Joining.NOBODY_ASKED,
        OptIn.DOUBLE: Joining.ASKED,
        OptIn.UNKNOWN: Joining.LIST_DECIDES,
    }[mode]


def joining_task(task: Task, mode: OptIn) -> Task:
    """Return the task to carry out: to ask where nobody is asked is to subscribe.

    So it needs what subscribing needs: a consent.
    """
    if task == Task.SIGNUP and mode is OptIn.SINGLE:
        return Task.TRANSMIT
    return task
