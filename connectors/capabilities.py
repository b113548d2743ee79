"""What a tool can do, as a plain record.

The core asks here, and never "which tool is it?".
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Level(str, Enum):
    """Where an effect reaches in the tool."""

    NONE = "none"
    LIST = "list"
    ACCOUNT = "account"


@dataclass(frozen=True, slots=True)
class Capabilities:
    """Capabilities of one connector. Every default is the weakest answer.

    The README's table "what works with which tool" is generated from these records.
    """

    create_list: bool = False
    #: settings that the tool demands for a new list, and those that it takes beside
    #: them (names of ``connectors.list_settings``)
    list_settings: tuple[str, ...] = ()
    list_options: tuple[str, ...] = ()
    #: name and settings of a list can be changed later
    update_list: bool = False
    delete_list: bool = False
    #: the people of a list live in it: they go with it, and so does who left
    delete_list_takes_people: bool = False
    create_field: bool = False
    delete_field: bool = False
    #: a field is created for the whole account; else for the list that is named
    account_fields: bool = False
    #: the tool takes any attribute name: a field comes to be by being written
    free_fields: bool = False
    #: "everything since" works without reading the whole list
    changes: bool = False
    #: seconds that reading changes overlaps the last run, because the tool lags
    changes_overlap: int = 0
    #: members read by address in one call; 1: one call each, 0: not at all
    lookup_batch: int = 1
    #: rows per writing call; 1: the tool takes one person a call
    batch_size: int = 1
    #: rows per reading call
    page_size: int = 100
    #: a batch is answered by a job that must be polled
    asynchronous_batch: bool = False
    #: how far leaving reaches: off one list, or off the whole account
    unsubscribe: Level = Level.LIST
    #: people whom one call takes off a list; 1: one call each
    unsubscribe_batch: int = 1
    unsubscribe_everywhere: bool = False
    #: who left stays on record as unsubscribed; else leaving looks like never having
    #: been there, and only the caller's memory keeps somebody from being taken in again
    keeps_leavers: bool = False
    remove_from_list: bool = False
    erase: bool = False
    #: who was erased is never taken in again by us (``Refusal.FORGOTTEN``)
    erase_is_final: bool = False
    change_address: bool = False
    #: the tool can run a double opt-in of its own (``Join.ASK``)
    double_opt_in: bool = False
    #: whether it asks is a setting of the list (``RemoteList.opt_in``, where told): on
    #: a list without it ``Join.ASK`` is refused; else asking asks on every list
    asks_by_list: bool = False
    #: it asks people only whom it has never met, so nobody who left (Ghost)
    asks_strangers_only: bool = False
    #: who was asked and has not confirmed yet is told as pending; else nothing is told
    tells_pending: bool = False
    #: recording who opens and clicks is allowed or forbidden for each person
    reactions: bool = False
    #: the opt-in process is chosen for each coupling (KlickTipp)
    opt_in_process: bool = False
    #: joining again after leaving is possible with proof (``subscribe``)
    resubscribe: bool = True
    #: who left by their own click comes back only by the tool's double opt-in
    #: (``subscribe`` with ``Join.ASK``); a direct attempt is refused as COMPLIANCE
    return_by_asking: bool = False
    tags: bool = False
    #: the tool has a list of blocked addresses that can be read / written
    read_blocklist: bool = False
    write_blocklist: bool = False
    bounces: bool = False
    unsubscribe_reason: bool = False
    #: a status comes with the time at which it changed
    status_time: bool = False
    webhooks: bool = False
    #: webhooks are registered by us; else a person does it in the tool
    register_webhooks: bool = False
    #: one webhook tells about one list, or about the whole account
    webhook_reach: Level = Level.LIST
    #: the number of recipients / the plan's quota can be asked
    quota: bool = False
    #: calls side by side that the tool allows, and calls in a time span (0: no figure)
    parallel_calls: int = 1
    calls_per_second: float = 0.0
    calls_per_hour: int = 0
