"""What a transmission says to a tool; runs outside any transaction."""

import time
from itertools import islice

from ..connectors.contract import (
    Join,
    MemberDraft,
    MemberRef,
    Outcome,
    Refusal,
    RowAnswer,
)
from ..connectors.errors import Conflict, Invalid, NotFound, QuotaExceeded
from ..sync.reconcile_records import Task
from ..sync.transmission import Expected
from .newsletter_transmit import LEFT

#: seconds between two questions for the end of an asynchronous batch: soon for a quick
#: tool, then slower; after so many questions the worker turns to other work
_PAUSES = (0.5, 1, 2)
PATIENCE = 12
#: what concerns one person only and must not stop the others
_REFUSALS = {
    Conflict: Refusal.DUPLICATE,
    NotFound: Refusal.OTHER,
    Invalid: Refusal.INVALID,
    QuotaExceeded: Refusal.QUOTA,
}


def pause(polls):
    """Seconds to wait before the next question for the end of a batch."""
    return _PAUSES[min(polls, len(_PAUSES) - 1)]


def expected(row, mapping):
    """What the tool shall hold of somebody after the task."""
    return Expected(
        Task(row.plan),
        values={
            mapping.sent[key]: value
            for key, value in (row.values or {}).items()
            if key in mapping.sent
        },
        email=row.new_email or row.email,
        types={mapping.names[key]: kind for key, kind in mapping.types.items()},
        left=row.remote_status in LEFT,
    )


def read_back(connector, list_id, rows):
    """{id of the line: what the tool holds}; who is not there is left out.

    People are found by the tool's id, else by the address that they shall have.
    """
    size = max(1, connector.capabilities.lookup_batch)
    rest = iter([MemberRef(_address(row), row.remote_id or "") for row in rows])
    found = {}
    while part := list(islice(rest, size)):
        for member in connector.lookup(list_id, part):
            found[member.remote_id] = found[member.email.lower()] = member
    held = {
        row.id: found.get(row.remote_id) or found.get(_address(row)) for row in rows
    }
    return {line_id: member for line_id, member in held.items() if member}


def _address(row):
    return (row.new_email or row.email).lower()


def one_by_one(work):
    """Removals and changes of address: one refused person never stops the others.

    Each call is harmless when repeated, so a kill between two of them is, too.
    """
    speak = _remove if work.task == "delete" else _move
    return tuple(_answered(speak, work, row) for row in work.rows)


def _answered(speak, work, row):
    try:
        return speak(work, row) or RowAnswer(row.email, Outcome.WRITTEN)
    except tuple(_REFUSALS) as error:
        refusal = _REFUSALS[type(error)]
        return RowAnswer(
            row.email, Outcome.REFUSED, refusal=refusal, message=error.detail
        )


def _remove(work, row):
    """Off the list; where a tool only knows deleting for good, that was approved."""
    connector, ref = work.connector, MemberRef(row.email, row.remote_id or "")
    if connector.capabilities.remove_from_list:
        connector.remove(work.list_id, ref)
    elif connector.capabilities.erase:
        connector.erase(ref)
    else:
        connector.unsubscribe(work.list_id, ref)


def _move(work, row):
    connector, ref = work.connector, MemberRef(row.email, row.remote_id or "")
    if connector.capabilities.change_address:
        moved = connector.change_address(ref, row.new_email)
        if moved is None:
            return None
        return RowAnswer(row.email, Outcome.WRITTEN, moved.remote_id, moved.status)
    # no call of its own: the new address is added, then the old one taken off
    values = {
        work.mapping.sent[key]: value
        for key, value in (row.base_values or {}).items()
        if key in work.mapping.sent
    }
    added = finished(
        connector,
        work.list_id,
        [MemberDraft(row.new_email, values, join=Join.SUBSCRIBE)],
    )
    if added.outcome in (Outcome.REFUSED, Outcome.UNKNOWN):
        return RowAnswer(
            row.email, added.outcome, refusal=added.refusal, message=added.message
        )
    if connector.capabilities.remove_from_list:
        connector.remove(work.list_id, ref)
    else:
        connector.unsubscribe(work.list_id, ref)
    return RowAnswer(row.email, Outcome.WRITTEN, added.remote_id, added.status)


def finished(connector, list_id, drafts):
    """The answer for a batch of one, waited for where the tool takes its time."""
    answer = connector.upsert(list_id, drafts)
    for polls in range(PATIENCE):
        if not answer.job:
            return answer.rows[0]
        time.sleep(pause(polls))
        answer = connector.poll(list_id, answer.job, drafts)
    return answer.rows[0] if answer.rows else RowAnswer("", Outcome.UNKNOWN)
