"""What follows from the tool's calls in the model, as ``newsletter.delivery`` does it.

A call is proof enough for a leaving only: that takes effect at once, by what the call
says. Everybody who was named is read back besides.
"""

from __future__ import annotations

from collections.abc import Iterable

from newsletter_sync.connectors.contract import MemberRef, RemoteEvent
from newsletter_sync.sync.reconcile import LEFT
from newsletter_sync.sync.vocabulary import RemoteMember, Status
from newsletter_sync.tests_pure.sync.model_engine import Engine
from newsletter_sync.tests_pure.sync.model_member import Member

_LEAVING = ("unsubscribed", "complained")


def take_up(engine: Engine, events: Iterable[RemoteEvent]) -> None:
    """Turn calls into leavings and into people who are read back."""
    leavings, refs = {}, []
    for event in events:
        member = _known(engine, event)
        if event.kind in _LEAVING and member:
            if _has_left(member):
                continue
            at = event.at or engine.clock()
            leavings[member] = max(at, leavings.get(member, at))
        refs.append(MemberRef(event.email, event.remote_id))
    for member, at in leavings.items():
        row = RemoteMember(
            member.remote_id,
            member.remote_email or member.email,
            Status.UNSUBSCRIBED,
            at,
            values=member.remote_values or member.base_values,
            opt_in_at=member.opt_in_at,
        )
        engine._settle(engine._case(member, row))
        engine._pause()
    engine.read_back(refs)


def _known(engine: Engine, event: RemoteEvent) -> Member | None:
    active = engine.active()
    of_id = (one for one in active if one.remote_id == event.remote_id)
    return next(of_id, None)


def _has_left(member: Member) -> bool:
    """Both sides know already that the person has left."""
    ours = member.local_status
    return member.remote_status in LEFT and (ours in LEFT or ours is None)
