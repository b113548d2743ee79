"""What happened lately: who was asked to confirm, who left, who bounced for good.

A recipient of Inxmail has no status. Who waits for a confirmation is on no list yet and
shows in the subscription events only; a bounce shows in the bounces only (sheet, 2).
Both are read once for each connector and then on from the link to what is new.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone
from typing import Any

from ... import answers
from .hal import Pages
from .mapping import ASKED, JOINED, person_of, time_of

#: how long somebody counts as asked; the tool's own time limit is not known
ASKED_DAYS = 30
#: how long a hard bounce counts
BOUNCE_DAYS = 90
#: ends of asking other than joining; any other failure leaves the mail valid
ENDED = {"SUBSCRIPTION_TIMED_OUT", "SUBSCRIPTION_VERIFICATION_BOUNCED"}
WITH_PERSON = "inx:recipient"
SUBSCRIPTIONS, UNSUBSCRIPTIONS = "/events/subscriptions", "/events/unsubscriptions"

_NEVER = datetime.min.replace(tzinfo=timezone.utc)
#: (time, number of the event) and its type
Latest = tuple[tuple[datetime, float], str]


def spelled(moment: datetime) -> str:
    """A time as the tool takes it."""
    return moment.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


class Stream:
    """A collection of events that is read on from where it was left."""

    def __init__(self, pages: Pages, what: str, path: str, **asked: Any):
        self._pages, self._what, self._path, self._asked = pages, what, path, asked
        self._following = ""

    def new(self) -> Iterator[dict[str, Any]]:
        """What came since the last time; everything where the tool gives no link."""
        following = ""
        for page in self._pages.walk(
            self._what, self._following, self._path, embedded=WITH_PERSON, **self._asked
        ):
            _here, rows, following = page
            yield from rows
        self._following = following


class Recent:
    """The latest event of each person; memory grows with the people of these days."""

    def __init__(self, pages: Pages, now: Callable[[], datetime]):
        self._pages, self._now = pages, now
        self._lists: dict[str, tuple[Stream, Stream, dict[str, Latest]]] = {}
        self._bounces: Stream | None = None
        self._bounced: dict[str, datetime] = {}

    def asked(self, list_id: str) -> dict[str, datetime | None]:
        """Address -> when, of those who were asked and have not answered."""
        if list_id not in self._lists:
            since = spelled(self._now() - timedelta(days=ASKED_DAYS))
            streams = [
                Stream(self._pages, "events", path, listIds=list_id, startDate=since)
                for path in (SUBSCRIPTIONS, UNSUBSCRIPTIONS)
            ]
            self._lists[list_id] = (*streams, {})
        *streams, latest = self._lists[list_id]
        for stream in streams:
            for event in stream.new():
                _keep(latest, event)
        return {
            email: None if order[0] is _NEVER else order[0]
            for email, (order, kind) in latest.items()
            if kind == ASKED
        }

    def bounced(self) -> set[str]:
        """Addresses with a hard bounce; it belongs to the address, not to a list."""
        if self._bounces is None:
            since = spelled(self._now() - timedelta(days=BOUNCE_DAYS))
            self._bounces = Stream(
                self._pages,
                "bounces",
                "/bounces",
                bounceCategory="HARD",
                startDate=since,
            )
        for event in self._bounces.new():
            if email := person_of(event):
                self._bounced[email] = time_of(event) or _NEVER
        return set(self._bounced)


def _keep(latest: dict[str, Latest], event: dict[str, Any]) -> None:
    """Remember an event unless a later one is known; numbers decide within a second."""
    email, kind = person_of(event), answers.text(event.get("type"))
    if not email or not kind:
        return
    order = time_of(event) or _NEVER, answers.number(event.get("id")) or 0
    settles = kind in (ASKED, *JOINED, *ENDED) or "UNSUBSCRIPTION" in kind
    if settles and (email not in latest or order >= latest[email][0]):
        latest[email] = order, kind
