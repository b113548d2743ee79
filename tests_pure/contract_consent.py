"""The contract suite's second half: who is subscribed, and who decides it.

The rule behind every test: only ``subscribe`` brings somebody back.
"""

from __future__ import annotations

import pytest

from newsletter_sync.connectors.contract import (
    Join,
    MemberDraft,
    MemberRef,
    Outcome,
    Refusal,
)
from newsletter_sync.connectors.errors import Conflict, NotFound, Unsupported
from newsletter_sync.sync.vocabulary import Status

from .contract import ANNA, BOB, BOUNCED, CARLA, DONE, draft, needs
from .contract_lists import ListContractTests


class ConsentContractTests(ListContractTests):
    """Joining, staying away, leaving, moving."""

    # --- nobody is brought back ------------------------------------------------
    @needs("keeps_leavers")
    @pytest.mark.parametrize("left_by", ["the person", "us"])
    @pytest.mark.parametrize("join", list(Join))
    def test_who_left_stays_away_through_every_update(self, side, left_by, join):
        side.invite()
        side.write(ANNA, BOB)
        if left_by == "us":
            side.connector.unsubscribe(side.list_id, MemberRef(ANNA))
        else:
            side.act("unsubscribe", ANNA)
        left_at = side.members()[ANNA].status_at
        side.pass_time(60)
        remote_id = side.members()[ANNA].remote_id
        for again in (
            draft(ANNA, join=join),
            MemberDraft(ANNA, {side.first: "Anna"}, join=join),
            MemberDraft(ANNA, {side.first: None}, remote_id=remote_id, join=join),
            MemberDraft(ANNA.upper(), {side.last or side.first: "Neu"}, join=join),
        ):
            (row,) = side.write(again)
            assert row.outcome in DONE
            assert row.status in (None, Status.UNSUBSCRIBED)
        member = side.members()[ANNA]
        assert member.status is Status.UNSUBSCRIBED
        assert member.status_at == left_at
        assert member.values[side.last or side.first] == "Neu"
        assert side.reactivations() == 0

    def test_who_is_gone_comes_back_by_joining_only(self, side):
        """Where leaving leaves no trace, ``join`` has to keep people out."""
        if side.connector.capabilities.keeps_leavers:
            pytest.skip(f"{side.connector.label} keeps who left")
        side.invite()
        side.write(ANNA)
        side.act("unsubscribe", ANNA)
        assert ANNA not in side.members()
        (row,) = side.write(draft(ANNA, join=Join.NEVER))
        assert row.outcome is Outcome.SKIPPED
        assert side.status(ANNA) is None
        if side.connector.capabilities.double_opt_in:
            side.write(draft(ANNA, join=Join.ASK))
            assert side.status(ANNA) in (Status.PENDING, None)
        assert side.reactivations() == 0

    @needs("tags", "keeps_leavers")
    def test_tags_bring_nobody_back(self, side):
        side.write(ANNA)
        side.act("unsubscribe", ANNA)
        side.write(draft(ANNA, tags_add=frozenset({"Odoo.vip"})))
        assert side.members()[ANNA].tags == {"Odoo.vip"}
        assert side.status(ANNA) is Status.UNSUBSCRIBED
        assert side.reactivations() == 0

    @needs("change_address", "keeps_leavers")
    def test_a_new_address_brings_nobody_back(self, side):
        side.write(ANNA)
        side.act("unsubscribe", ANNA)
        side.connector.change_address(MemberRef(ANNA), BOB)
        assert side.status(BOB) is Status.UNSUBSCRIBED
        assert side.reactivations() == 0

    def test_a_bounce_stays_a_bounce(self, side):
        side.write(ANNA)
        side.act("bounce", ANNA)
        side.write(MemberDraft(ANNA, {side.first: "Anna"}))
        assert side.status(ANNA) in BOUNCED
        assert side.reactivations() == 0

    @needs("tells_pending")
    def test_pending_is_not_confirmed_by_an_update(self, side):
        side.act("subscribe", ANNA)
        side.write(MemberDraft(ANNA, {side.first: "Anna"}))
        assert side.status(ANNA) is Status.PENDING
        assert side.reactivations() == 0

    # --- joining ---------------------------------------------------------------
    def test_never_takes_nobody_in(self, side):
        side.write(BOB)
        values = {side.first: "Bob"}
        rows = side.write(
            MemberDraft(ANNA, values, join=Join.NEVER),
            MemberDraft(BOB, values, join=Join.NEVER),
        )
        assert rows[0].outcome is Outcome.SKIPPED
        assert rows[1].outcome in DONE
        assert set(side.members()) == {BOB}
        assert side.members()[BOB].values[side.first] == "Bob"

    @needs("double_opt_in")
    def test_ask_lets_the_person_decide(self, side):
        side.invite()
        side.write(BOB)
        rows = side.write(
            MemberDraft(ANNA, {side.first: "Anna"}, join=Join.ASK),
            draft(BOB, join=Join.ASK),
        )
        assert rows[0].outcome in DONE
        assert side.status(ANNA) in (Status.PENDING, None)
        assert side.status(BOB) is Status.SUBSCRIBED
        side.act("confirm", ANNA)
        assert side.members()[ANNA].status is Status.SUBSCRIBED
        assert side.members()[ANNA].values[side.first] == "Anna"

    @needs("resubscribe")
    def test_only_subscribe_brings_somebody_back(self, side):
        side.write(ANNA)
        if side.connector.capabilities.return_by_asking:  # their own click would bind
            side.connector.unsubscribe(side.list_id, MemberRef(ANNA))
        else:
            side.act("unsubscribe", ANNA)
        row = side.connector.subscribe(
            side.list_id, MemberDraft(ANNA, {side.first: "Anna"})
        )
        assert row.outcome in DONE
        assert row.status is Status.SUBSCRIBED
        member = side.members()[ANNA]
        assert member.status is Status.SUBSCRIBED
        assert member.values[side.first] == "Anna"
        assert side.reactivations() == 1

    @needs("resubscribe")
    def test_subscribe_takes_somebody_new_in(self, side):
        side.connector.subscribe(side.list_id, draft(ANNA))
        assert side.status(ANNA) is Status.SUBSCRIBED
        side.connector.subscribe(side.list_id, draft(ANNA))  # harmless
        assert side.reactivations() == 0

    @needs("return_by_asking")
    def test_a_direct_way_back_is_closed(self, side):
        side.write(ANNA)
        side.act("unsubscribe", ANNA)
        try:
            row = side.connector.subscribe(side.list_id, draft(ANNA))
            assert row.refusal is Refusal.COMPLIANCE
        except Unsupported:
            assert not side.connector.capabilities.resubscribe
        assert side.status(ANNA) is Status.UNSUBSCRIBED
        assert side.reactivations() == 0

    @needs("double_opt_in")
    def test_asking_somebody_who_left(self, side):
        can = side.connector.capabilities
        if can.asks_strangers_only or not (can.resubscribe or can.return_by_asking):
            pytest.skip(f"{side.connector.label} asks nobody who left")
        side.invite()
        side.write(ANNA)
        side.act("unsubscribe", ANNA)
        side.connector.subscribe(side.list_id, draft(ANNA, join=Join.ASK))
        assert side.status(ANNA) in (Status.UNSUBSCRIBED, Status.PENDING)
        assert side.reactivations() == 0
        side.act("confirm", ANNA)
        assert side.status(ANNA) is Status.SUBSCRIBED

    @needs("resubscribe")
    def test_subscribe_of_a_refused_address(self, side):
        side.refuse(ANNA)
        row = side.connector.subscribe(side.list_id, draft(ANNA))
        assert row.outcome is Outcome.REFUSED

    # --- leaving ---------------------------------------------------------------
    def test_unsubscribe_by_address_and_by_id(self, side):
        side.write(ANNA, BOB, CARLA)
        remote_id = side.members()[BOB].remote_id
        side.connector.unsubscribe(side.list_id, MemberRef(ANNA))
        side.connector.unsubscribe(
            side.list_id, MemberRef("old@example.org", remote_id)
        )
        side.connector.unsubscribe(side.list_id, MemberRef(CARLA, "987654321"))
        assert {side.status(email) for email in (ANNA, BOB, CARLA)} == {side.left}

    def test_unsubscribe_is_harmless_when_repeated_or_nobody_is_there(self, side):
        side.write(ANNA)
        for _ in range(2):
            side.connector.unsubscribe(side.list_id, MemberRef(ANNA), "no time")
            side.connector.unsubscribe(side.list_id, MemberRef(BOB))
            side.pass_time(60)
        assert side.status(ANNA) is side.left
        assert side.status(BOB) is None

    def test_many_leave_at_once_and_nobody_else(self, side):
        stays = "stays@example.org"
        side.write(ANNA, BOB, CARLA, stays)
        remote_id = side.members()[BOB].remote_id
        side.act("unsubscribe", CARLA)
        left_at = side.members()[CARLA].status_at if side.left else None
        side.pass_time(60)
        refs = [
            MemberRef(ANNA),
            MemberRef("nobody@example.org"),
            MemberRef(BOB, remote_id),
            MemberRef(CARLA),
        ]
        for _ in range(2):  # harmless when repeated
            rows = side.connector.unsubscribe_many(side.list_id, refs).rows
            assert [row.email for row in rows] == [ref.email for ref in refs]
            assert all(row.outcome in DONE for row in rows)
        assert {side.status(email) for email in (ANNA, BOB, CARLA)} == {side.left}
        assert side.status(stays) is Status.SUBSCRIBED
        assert side.status("nobody@example.org") is None
        if left_at:
            assert side.members()[CARLA].status_at == left_at
        assert side.connector.unsubscribe_many(side.list_id, []).rows == ()

    def test_leaving_while_pending_or_bounced(self, side):
        side.act("subscribe", ANNA)
        side.write(BOB)
        side.act("bounce", BOB)
        for email in (ANNA, BOB):
            side.connector.unsubscribe(side.list_id, MemberRef(email))
        # who only was asked never was on the list, and may just be gone
        assert side.status(ANNA) in (side.left, None)
        assert side.status(BOB) in (side.left, *BOUNCED)

    def test_leaving_one_list(self, side):
        side.write(ANNA)
        side.connector.upsert(side.other_list, [draft(ANNA)])
        side.connector.unsubscribe(side.list_id, MemberRef(ANNA))
        everywhere = side.connector.capabilities.unsubscribe == "account"
        expected = side.left if everywhere else Status.SUBSCRIBED
        assert side.status(ANNA, side.other_list) is expected

    @needs("unsubscribe_everywhere")
    def test_leaving_everywhere(self, side):
        side.write(ANNA, BOB)
        side.connector.upsert(side.other_list, [draft(ANNA)])
        side.connector.unsubscribe_everywhere(MemberRef(ANNA))
        side.connector.unsubscribe_everywhere(MemberRef("nobody@example.org"))
        assert side.status(ANNA) is side.left
        assert side.status(ANNA, side.other_list) is side.left
        assert side.status(BOB) is Status.SUBSCRIBED

    @needs("remove_from_list")
    def test_remove_takes_off_one_list_only(self, side):
        side.write(ANNA, BOB)
        side.connector.upsert(side.other_list, [draft(ANNA)])
        for _ in range(2):
            side.connector.remove(side.list_id, MemberRef(ANNA))
        assert set(side.members()) == {BOB}
        assert side.status(ANNA, side.other_list) is Status.SUBSCRIBED

    @needs("erase")
    def test_erase_takes_off_everything(self, side):
        side.write(ANNA, BOB)
        side.connector.upsert(side.other_list, [draft(ANNA)])
        remote_id = side.members()[ANNA].remote_id
        for ref in (MemberRef(ANNA, remote_id), MemberRef(ANNA), MemberRef(CARLA)):
            side.connector.erase(ref)
        assert set(side.members()) == {BOB}
        assert side.members(side.other_list) == {}

    @needs("erase")
    def test_deleted_and_made_again(self, side):
        side.write(MemberDraft(ANNA, {side.first: "Anna"}))
        before = side.members()[ANNA].remote_id
        side.connector.erase(MemberRef(ANNA, before))
        (row,) = side.write(ANNA)
        if side.connector.capabilities.erase_is_final:
            assert row.refusal is Refusal.FORGOTTEN
            assert side.connector.member(side.list_id, MemberRef(ANNA, before)) is None
            return
        assert row.outcome in DONE
        after = side.members()[ANNA]
        assert not after.values.get(side.first)
        found = side.connector.member(side.list_id, MemberRef(ANNA, before))
        assert found.remote_id == after.remote_id

    # --- moving ----------------------------------------------------------------
    @needs("change_address")
    def test_a_new_address_keeps_the_person(self, side):
        side.write(MemberDraft(ANNA, {side.first: "Anna"}))
        before = side.members()[ANNA]
        new = "aenne+neu@example.org"
        side.connector.change_address(MemberRef(ANNA, before.remote_id), new)
        (after,) = side.members().values()
        assert (after.remote_id, after.email) == (before.remote_id, new)
        assert after.values[side.first] == "Anna"
        assert after.status is Status.SUBSCRIBED

    @needs("change_address")
    def test_an_address_that_is_taken(self, side):
        side.write(ANNA, BOB)
        with pytest.raises(Conflict):
            side.connector.change_address(MemberRef(ANNA), BOB)
        assert set(side.members()) == {ANNA, BOB}

    @needs("change_address")
    def test_a_new_address_for_nobody(self, side):
        with pytest.raises(NotFound):
            side.connector.change_address(MemberRef(ANNA), BOB)

    def test_an_address_that_changed_in_the_tool(self, side):
        side.write(ANNA)
        before = side.members()[ANNA]
        side.act("change_address", ANNA, new=BOB)
        (found,) = side.connector.lookup(
            side.list_id, [MemberRef(ANNA, before.remote_id)]
        )
        assert (found.email, found.remote_id) == (BOB, before.remote_id)

    # --- tags, blocklist, bounces ----------------------------------------------
    @needs("tags")
    def test_tags_are_added_and_taken_away(self, side):
        side.write(draft(ANNA, tags_add=frozenset({"Odoo.a", "Odoo.b"})))
        side.write(
            draft(
                ANNA,
                tags_add=frozenset({"Odoo.c"}),
                tags_remove=frozenset({"Odoo.a", "Odoo.none"}),
            )
        )
        assert side.members()[ANNA].tags == {"Odoo.b", "Odoo.c"}

    @needs("read_blocklist", "write_blocklist")
    def test_the_blocklist(self, side):
        for _ in range(2):
            side.connector.block(ANNA, "asked for it")
        side.connector.block(BOB)
        assert set(side.connector.blocked()) == {ANNA, BOB}
        for _ in range(2):
            side.connector.unblock(ANNA)
        assert list(side.connector.blocked()) == [BOB]

    @needs("write_blocklist", "read_blocklist")
    def test_unblocking_brings_nobody_back(self, side):
        side.write(ANNA)
        side.connector.unsubscribe(side.list_id, MemberRef(ANNA))
        side.connector.block(ANNA)
        side.connector.unblock(ANNA)
        assert side.status(ANNA) is side.left

    @needs("bounces")
    def test_bounces_are_told(self, side):
        side.write(ANNA, BOB)
        side.act("bounce", BOB)
        (bounce,) = side.connector.bounces()
        assert (bounce.email, bounce.status) == (BOB, side.bounce)
        assert bounce.at.tzinfo is not None
        assert list(side.connector.bounces(bounce.at)) == [bounce]
        side.pass_time(60)
        assert list(side.connector.bounces(bounce.at.replace(year=2100))) == []
