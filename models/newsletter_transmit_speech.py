"""What a transmission says to a tool; runs outside any transaction."""

import time
from dataclasses import dataclass, field
from functools import partial
from itertools import islice

from ..connectors.contract import (
    BatchAnswer,
    Join,
    MemberDraft,
    MemberRef,
    Outcome,
    Refusal,
    RowAnswer,
)
from ..connectors.errors import (
    Conflict,
    ConnectorError,
    Invalid,
    NotFound,
    QuotaExceeded,
)
from ..sync.reconcile_records import Task
from ..sync.transmission import Expected
from .newsletter_transmit_row import LEFT

#: seconds between two questions for the end of an asynchronous batch: soon for a quick
#: tool, then slower; after so many questions the worker turns to other work
_PAUSES = (0.5, 1, 2)
PATIENCE = 12
#: seconds after which a slice makes no further call
SECONDS = 10
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
        values=mapping.as_attributes(row, row.values),
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


@dataclass
class Sent:
    """What came of a slice of several calls.

    A call that fails does not undo those before: their answers are kept, the people of
    the failed one are read back, those after it were not sent.
    """

    rows: list = field(default_factory=list)
    job: str = ""
    #: ids of the lines that were not sent at all
    unsent: frozenset = frozenset()
    error: ConnectorError | None = None


def send(work):
    """Carry a slice out, call by call, for at most ``SECONDS``."""
    sent, until = Sent(), time.monotonic() + SECONDS
    size = _call_size(work)
    for start in range(0, len(work.rows), size):
        if start and time.monotonic() > until:
            sent.unsent = _ids(work.rows[start:])
            break
        part = slice(start, start + size)
        try:
            answer = _call(work, work.rows[part], work.drafts[part])
        except ConnectorError as error:
            sent.error = error
            sent.unsent = _ids(work.rows[start + size :])
            break
        sent.job = answer.job
        sent.rows += answer.rows
    return sent


def _ids(rows):
    return frozenset(row.id for row in rows)


def _call_size(work):
    can = work.connector.capabilities
    if work.task == "unsubscribe":
        return can.unsubscribe_batch
    if work.task in ("update", "transmit") and not work.came_back:
        return can.batch_size
    return 1


def _call(work, rows, drafts):
    """One call of the contract; what concerns one person only is that row's answer."""
    connector, list_id = work.connector, work.list_id
    if work.task == "unsubscribe":
        refs = [MemberRef(row.email, row.remote_id or "") for row in rows]
        return connector.unsubscribe_many(list_id, refs)
    if work.task == "delete":
        return BatchAnswer((_answered(_remove, work, rows[0]),))
    if work.task == "change_address":
        return BatchAnswer((_answered(_move, work, rows[0]),))
    if work.came_back:
        bring_back = partial(_bring_back, draft=drafts[0])
        return BatchAnswer((_answered(bring_back, work, rows[0]),))
    return connector.upsert(list_id, drafts)


def _answered(speak, work, row):
    try:
        return speak(work, row) or RowAnswer(row.email, Outcome.WRITTEN)
    except tuple(_REFUSALS) as error:
        why = next(each for kind, each in _REFUSALS.items() if isinstance(error, kind))
        return RowAnswer(row.email, Outcome.REFUSED, refusal=why, message=error.detail)


def _bring_back(work, row, draft):
    return work.connector.subscribe(work.list_id, draft)


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
    values = work.mapping.as_attributes(row, row.base_values)
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
