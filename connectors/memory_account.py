"""The tool behind :mod:`.memory`: what it holds, and what happens in it without us."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone
from enum import Enum
from typing import Any

from ..sync.address import normalise
from ..sync.vocabulary import RemoteMember, Status
from .contract import Bounce, Delivery, Refusal, RemoteField, WebhookRegistration
from .errors import ConnectorError, NotFound


class Fate(Enum):
    """What becomes of one person of a batch; see :meth:`MemoryAccount.answer_in_part`.

    Each is whether it is carried out, and what the answer says; None leaves it out.
    """

    DONE = (True, "written")
    REFUSED = (False, "refused")
    UNKNOWN = (True, "unknown")
    LOST = (False, "unknown")
    SILENT = (True, None)
    FORGOTTEN = (False, None)


@dataclass
class Fault:
    """Makes matching calls fail; ``stored``: they are carried out before they fail.

    Without an ``error`` a batch is answered in part: ``fates`` of its people by place.
    """

    error: ConnectorError | None
    method: str = ""
    skip: int = 0
    times: int = 1
    stored: bool = False
    fates: tuple[Fate, ...] = ()


@dataclass
class MemoryList:
    """One list; ``members`` by remote id, in the order of their ids."""

    remote_id: str
    name: str
    settings: dict[str, str] = field(default_factory=dict)
    members: dict[str, RemoteMember] = field(default_factory=dict)


@dataclass
class MemoryAccount:
    """What the tool holds, and what its staff and the people on its lists can do.

    ``calls`` are the names of the connector's calls; ``invitations`` pairs (list id,
    address) that were asked to confirm; ``reactivations`` the same for people whom the
    connector brought back.
    """

    name: str
    password: str = ""
    clock: Callable[[], datetime] = lambda: datetime.now(timezone.utc)
    lists: dict[str, MemoryList] = field(default_factory=dict)
    fields: dict[str, RemoteField] = field(default_factory=dict)
    blocklist: dict[str, str] = field(default_factory=dict)
    bounces: list[Bounce] = field(default_factory=list)
    hooks: dict[str, WebhookRegistration] = field(default_factory=dict)
    refuse: dict[str, Refusal] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    invitations: list[tuple[str, str]] = field(default_factory=list)
    reactivations: list[tuple[str, str]] = field(default_factory=list)
    deliveries: list[Delivery] = field(default_factory=list)
    lock: Any = field(default_factory=threading.RLock, repr=False)
    #: address in lower case -> id; an id belongs to a person on all lists
    _people: dict[str, str] = field(default_factory=dict, repr=False)
    _numbers: int = 0

    def number(self) -> str:
        """A new id; ids sort in the order of their making."""
        self._numbers += 1
        return f"{self._numbers:09d}"

    def fail(self, error: ConnectorError, **options: Any) -> None:
        """Set a :class:`Fault`."""
        self.faults.append(Fault(error, **options))

    def answer_in_part(self, method: str, fates: Sequence[Fate]) -> None:
        """Let the next batch, or the next single write, come to these ends by place."""
        self.faults.append(Fault(None, method, fates=tuple(fates)))

    def strike(self, method: str) -> Fault | None:
        """The fault that hits this call, if any."""
        for fault in self.faults:
            if fault.method not in ("", method) or fault.times < 1:
                continue
            if fault.skip:
                fault.skip -= 1
                continue
            fault.times -= 1
            return fault
        return None

    # --- what staff and people do --------------------------------------------
    def add_list(self, name: str) -> str:
        """A new list; its id."""
        with self.lock:
            new = MemoryList(self.number(), name)
            self.lists[new.remote_id] = new
            return new.remote_id

    def find(self, list_id: str, email: str) -> RemoteMember | None:
        """A member of a list by address."""
        members = self.find_list(list_id).members
        return members.get(self._people.get(email.lower(), ""))

    def join(
        self, list_id: str, email: str, status: Status = Status.SUBSCRIBED, **more: Any
    ) -> RemoteMember:
        """Somebody comes to a list without us, or back to it."""
        with self.lock:
            known = self.find(list_id, email)
            member = known or self.newcomer(email, status)
            return self.set(list_id, member, status=status, **more)

    def newcomer(self, email: str, status: Status) -> RemoteMember:
        """Somebody who is not on the list yet, with the id they may have elsewhere."""
        remote_id = self._people.get(email.lower()) or self.number()
        return RemoteMember(remote_id, normalise(email), status)

    def leave(self, list_id: str, email: str, reason: str = "") -> None:
        """Somebody unsubscribes by the link in a mail."""
        self._change(list_id, email, status=Status.UNSUBSCRIBED, reason=reason)

    def bounce(
        self, list_id: str, email: str, status: Status = Status.HARD_BOUNCE
    ) -> None:
        """A mail comes back."""
        self._change(list_id, email, status=status)
        self.bounces.append(Bounce(normalise(email), status, self.clock(), "550"))

    def confirm(self, list_id: str, email: str) -> None:
        """Somebody clicks the link of the double opt-in mail."""
        self._change(list_id, email, status=Status.SUBSCRIBED, opt_in_at=self.clock())

    def edit(self, list_id: str, email: str, **values: Any) -> None:
        """Staff changes a person's values."""
        member = self.find(list_id, email)
        self._change(list_id, email, values={**member.values, **values})

    def rename(self, email: str, new: str) -> None:
        """A person gets another address, on every list."""
        with self.lock:
            places = [list_id for list_id in self.lists if self.find(list_id, email)]
            if not places:
                raise NotFound("there is no such person", status=404)
            remote_id = self._people.pop(email.lower(), "")
            self._people[new.lower()] = remote_id
            for list_id in places:
                member = self.lists[list_id].members[remote_id]
                self.set(list_id, member, email=normalise(new))

    def drop(self, list_id: str, remote_id: str) -> None:
        """Somebody is deleted from a list."""
        member = self.find_list(list_id).members.pop(remote_id, None)
        if member:
            self._tell("deleted", list_id, member)
            if not any(remote_id in each.members for each in self.lists.values()):
                self._people.pop(member.email.lower(), None)

    def set(self, list_id: str, member: RemoteMember, **changes: Any) -> RemoteMember:
        """Store a member with changes; a new status gets the present time."""
        now = self.clock()
        before = self.find_list(list_id).members.get(member.remote_id)
        new = replace(member, **changes)
        if before is None or before.status is not new.status:
            new = replace(new, status_at=now)
        if before != new:
            new = replace(new, changed_at=now)
            self._people[new.email.lower()] = new.remote_id
            self.find_list(list_id).members[new.remote_id] = new
            left = new.status is Status.UNSUBSCRIBED
            came = before is None or before.status is not new.status
            self._tell("unsubscribed" if left and came else "updated", list_id, new)
        return new

    def find_list(self, list_id: str) -> MemoryList:
        """The list with this id.

        :raises NotFound: there is none
        """
        if list_id not in self.lists:
            raise NotFound("there is no such list", status=404)
        return self.lists[list_id]

    def _change(self, list_id: str, email: str, **changes: Any) -> None:
        with self.lock:
            member = self.find(list_id, email)
            if member is None:
                raise NotFound("there is no such person", status=404)
            self.set(list_id, member, **changes)

    def _tell(self, kind: str, list_id: str, member: RemoteMember) -> None:
        hook = self.hooks.get(list_id)
        if hook:
            facts = {"kind": kind, "list": list_id, "person": member.remote_id}
            facts |= {"number": self.number(), "at": self.clock().isoformat()}
            token = {"x-memory-token": hook.secrets["token"]}
            body = json.dumps(facts).encode()
            self.deliveries.append(Delivery("POST", token, {}, body))


_accounts: dict[str, MemoryAccount] = {}


def account(name: str) -> MemoryAccount:
    """The account of a name; it comes into being when it is first asked for."""
    return _accounts.setdefault(name, MemoryAccount(name))


def reset() -> None:
    """Forget all accounts."""
    _accounts.clear()
