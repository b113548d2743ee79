"""THE contract suite: what every connector must do, whatever its tool speaks.

A provider joins in some twenty lines: a subclass with a ``side`` fixture that gives a
:class:`Side`. What a tool cannot do by its ``capabilities`` must raise ``Unsupported``;
everything else runs unchanged. Never bend a test here for one tool: a real difference
belongs into the capabilities.
"""

from __future__ import annotations

from abc import abstractmethod
from datetime import datetime, timedelta
from typing import Any

import pytest

from newsletter_sync.connectors.capabilities import Level
from newsletter_sync.connectors.contract import (
    Connector,
    FieldType,
    ListDraft,
    MemberDraft,
    MemberRef,
    Outcome,
    Refusal,
    RemoteField,
)
from newsletter_sync.connectors.errors import Conflict, Invalid, NotFound, Unsupported
from newsletter_sync.sync.vocabulary import RemoteMember, Status

ANNA, BOB, CARLA = "anna@example.org", "bob@example.org", "carla@example.net"
#: what the core tells of the company, for tools that demand it for a new list
COMPANY = {
    "sender_name": "Färber GmbH",
    "sender_email": "news@example.org",
    "reply_to_name": "Färber GmbH",
    "reply_to_email": "news@example.org",
    "company": "Färber GmbH",
    "address": "Weg 1",
    "zip": "10115",
    "city": "Berlin",
    "country": "DE",
    "language": "de",
}
DONE = (Outcome.CREATED, Outcome.UPDATED, Outcome.WRITTEN)
BOUNCED = (Status.HARD_BOUNCE, Status.SOFT_BOUNCE, Status.GENERAL_BOUNCE)


class Side:
    """A tool with one empty list, and a hand inside it."""

    connector: Connector
    #: an empty list, and a second one
    list_id: str
    other_list: str
    #: two attributes for text, as ``Connector.fields`` names them; where there is but
    #: one for text, ``last`` is ""
    first, last = "firstname", "lastname"
    #: what a bounce report says of an address that is gone for good
    bounce = Status.HARD_BOUNCE
    #: as many people as a test may put on a list
    many = 10_000

    @abstractmethod
    def another(self) -> Connector:
        """A second connector to the same account."""

    @abstractmethod
    def act(self, name: str, email: str, **more: Any) -> None:
        """Somebody does something in the tool itself, on ``list_id``.

        ``name``: subscribe (as pending), confirm, unsubscribe, bounce, delete,
        change_address (``new``) or edit (``values``).
        """

    @abstractmethod
    def reactivations(self) -> int:
        """How often our writing made a known person subscribed who was not."""

    @abstractmethod
    def refuse(self, email: str) -> None:
        """From now on the tool refuses this address."""

    def invite(self) -> None:
        """Do what the tool needs before it can ask people by double opt-in."""

    def now(self) -> datetime:
        """The tool's time."""
        return self.connector.transport.now()

    def pass_time(self, seconds: float) -> None:
        """Let the tool's clock go on, where it can be moved."""

    def fill(self, number: int) -> list[str]:
        """Put invented people on the list; their addresses in order."""
        emails = [f"person{n:05}@example.org" for n in range(number)]
        step = self.connector.capabilities.batch_size
        for start in range(0, number, step):
            rows = self.write(*emails[start : start + step])
            assert all(row.outcome in DONE for row in rows)
        return emails

    # --- shorthands -----------------------------------------------------------
    @property
    def left(self) -> Status | None:
        """How somebody looks who has left: off the list, or gone from it."""
        keeps = self.connector.capabilities.keeps_leavers
        return Status.UNSUBSCRIBED if keeps else None

    @property
    def asked(self) -> Status | None:
        """How somebody looks who still has to confirm."""
        tells = self.connector.capabilities.tells_pending
        return Status.PENDING if tells else None

    def values(self, first: str, last: str) -> dict[str, str]:
        """Values for as many of the two attributes as there are."""
        both = {self.first: first, self.last: last}
        return {name: value for name, value in both.items() if name}

    def create_field(self, label: str) -> RemoteField:
        """A new attribute for text; the core names the list that wants it."""
        return self.connector.create_field(label, FieldType.TEXT, self.list_id)

    def write(self, *drafts: MemberDraft | str, **options: Any) -> list[Any]:
        """Upsert; a plain address is a draft without values."""
        made = [
            d if isinstance(d, MemberDraft) else draft(d, **options) for d in drafts
        ]
        answer = self.connector.upsert(self.list_id, made)
        while answer.job:
            answer = self.connector.poll(self.list_id, answer.job, made)
        return list(answer.rows)

    def members(self, list_id: str = "") -> dict[str, RemoteMember]:
        """All members by address; an address that comes twice fails."""
        found: dict[str, RemoteMember] = {}
        for page in self.connector.members(list_id or self.list_id):
            for member in page.members:
                assert member.email not in found, f"{member.email} came twice"
                found[member.email] = member
        return found

    def status(self, email: str, list_id: str = "") -> Status | None:
        """Status of one person, None if not there."""
        ref = MemberRef(email)
        member = self.connector.member(list_id or self.list_id, ref)
        return member.status if member else None


def draft(email: str, **options: Any) -> MemberDraft:
    """A draft; keywords that it does not know are values."""
    known = {"join", "remote_id", "tags_add", "tags_remove", "opt_in_ip"}
    values = {key: value for key, value in options.items() if key not in known}
    rest = {key: value for key, value in options.items() if key in known}
    return MemberDraft(email, values, **rest)


def needs(*names: str):
    """Skip a test where the tool lacks a capability."""

    def mark(test):
        test.needs = names
        return test

    return mark


class ContractTests:
    """Subclass it, give the fixture ``side``, done."""

    @pytest.fixture
    def side(self) -> Side:
        raise NotImplementedError("a provider's test gives its side")

    @pytest.fixture(autouse=True)
    def _only_what_it_can(self, request, side):
        for name in getattr(request.function, "needs", ()):
            if not getattr(side.connector.capabilities, name):
                pytest.skip(f"{side.connector.label} cannot: {name}")

    # --- account, lists, fields -----------------------------------------------
    def test_the_account_is_told(self, side):
        account = side.connector.account()
        assert account.remote_id
        assert account.name

    def test_lists_are_read_live(self, side):
        found = {each.remote_id: each for each in side.connector.lists()}
        assert {side.list_id, side.other_list} <= set(found)
        assert all(each.name for each in found.values())

    def test_text_fields_are_listed(self, side):
        names = {field.name: field for field in side.connector.fields(side.list_id)}
        for name in side.values("", ""):
            assert names[name].type is FieldType.TEXT

    @needs("create_field")
    def test_a_new_field_has_the_name_the_tool_gave_it(self, side):
        new = side.create_field("Straße & Nr.")
        # before the listing: where fields are free, it takes a value to see one
        side.write(MemberDraft(ANNA, {new.name: "Weg 1"}))
        listed = {field.name: field for field in side.another().fields(side.list_id)}
        assert listed[new.name].remote_id == new.remote_id
        assert side.members()[ANNA].values[new.name] == "Weg 1"

    @needs("create_field")
    def test_a_field_cannot_be_made_twice(self, side):
        side.create_field("Lieblingsfarbe")
        with pytest.raises(Conflict):
            side.create_field("Lieblingsfarbe")

    @needs("create_field", "delete_field")
    def test_a_field_can_be_deleted_and_it_does_not_matter_twice(self, side):
        new = side.create_field("Kurz")
        side.connector.delete_field(new)
        side.connector.delete_field(new)
        assert new.name not in {f.name for f in side.another().fields(side.list_id)}

    # --- write and read back ---------------------------------------------------
    @pytest.mark.parametrize(
        ("first", "last"),
        [
            ("Amélie", "Färber"),
            ("Björn Florian", "Müller-Lüdenscheidt"),
            ("Łukasz", "Şahin"),
            ("Ирина", "Παπαδοπούλου"),
            ("O'Neil", 'von "und" zu <Berg> & Söhne; GmbH'),
            ("x" * 180, "0"),
            ("+5", "-3"),
        ],
    )
    def test_what_is_written_reads_back_equal(self, side, first, last):
        values = side.values(first, last)
        (row,) = side.write(MemberDraft(ANNA, values))
        assert row.outcome in DONE
        by_page = side.members()[ANNA]
        (by_lookup,) = side.connector.lookup(side.list_id, [MemberRef(ANNA)])
        single = side.connector.member(side.list_id, MemberRef(ANNA))
        for member in (by_page, by_lookup, single):
            assert {name: member.values[name] for name in values} == values
            assert member.status is Status.SUBSCRIBED
            assert member.remote_id == by_page.remote_id != ""
        assert row.remote_id in ("", by_page.remote_id)

    def test_values_not_named_stay_and_none_empties(self, side):
        side.write(MemberDraft(ANNA, side.values("Anna", "Alt")))
        only_last = {side.last: "Neu"} if side.last else {}
        side.write(MemberDraft(ANNA, only_last))
        values = side.members()[ANNA].values
        assert {name: values[name] for name in side.values("", "")} == side.values(
            "Anna", "Neu"
        )
        side.write(MemberDraft(ANNA, {side.first: None}))
        assert not side.members()[ANNA].values.get(side.first)

    def test_what_staff_edits_is_read(self, side):
        side.write(MemberDraft(ANNA, {side.first: "Anna"}))
        side.act("edit", ANNA, values={side.first: "Änne"})
        assert side.members()[ANNA].values[side.first] == "Änne"

    def test_addresses_match_whatever_their_case(self, side):
        side.write(ANNA)
        side.write("ANNA@Example.ORG")
        assert list(side.members()) == [ANNA]

    def test_odd_addresses(self, side):
        odd = ["o'neil+news@example.org", "a/b@example.org", "100%@example.org"]
        rows = side.write(*odd)
        assert [row.email for row in rows] == odd
        for row in rows:
            if row.outcome in DONE:
                assert side.status(row.email) is Status.SUBSCRIBED
                side.connector.unsubscribe(side.list_id, MemberRef(row.email))
                assert side.status(row.email) is side.left

    def test_repeating_makes_no_second_person(self, side):
        first = [side.write(ANNA, BOB) and side.members() for _ in range(2)]
        assert {m.remote_id for m in first[0].values()} == {
            m.remote_id for m in first[1].values()
        }

    def test_nothing_to_write_is_nothing_done(self, side):
        assert side.write() == []

    # --- batches ---------------------------------------------------------------
    def test_one_refused_row_does_not_harm_the_others(self, side):
        side.refuse(BOB)
        rows = side.write(ANNA, BOB, "no address", CARLA)
        assert [row.email for row in rows] == [ANNA, BOB, "no address", CARLA]
        assert [row.outcome in DONE for row in rows] == [True, False, False, True]
        assert all(row.outcome is Outcome.REFUSED for row in rows[1:3])
        assert all(row.refusal for row in rows[1:3])
        assert set(side.members()) == {ANNA, CARLA}

    def test_all_rows_refused(self, side):
        side.refuse(BOB)
        rows = side.write(BOB, "no address")
        assert [row.outcome for row in rows] == [Outcome.REFUSED] * 2
        assert side.members() == {}

    def test_an_address_twice_in_a_batch(self, side):
        rows = side.write(ANNA, ANNA.upper(), BOB)
        assert [row.outcome in DONE for row in rows] == [True, False, True]
        assert rows[1].refusal is Refusal.DUPLICATE
        assert set(side.members()) == {ANNA, BOB}

    def test_an_unknown_field_is_refused_and_not_dropped(self, side):
        if side.connector.capabilities.free_fields:
            pytest.skip(f"{side.connector.label} keeps any field")
        rows = side.write(MemberDraft(ANNA, {"no_such_field": "x"}), BOB)
        assert rows[0].refusal is Refusal.FIELD
        assert rows[1].outcome in DONE

    def test_a_list_that_is_gone(self, side):
        with pytest.raises(NotFound):
            list(side.connector.members("987654321"))
        with pytest.raises(NotFound):
            side.connector.member("987654321", MemberRef(ANNA))
        with pytest.raises(NotFound):
            side.connector.upsert("987654321", [MemberDraft(ANNA)])

    def test_an_empty_id_never_reaches_the_tool(self, side):
        side.write(ANNA)
        for call in (
            lambda: side.connector.remove("", MemberRef(ANNA)),
            lambda: side.connector.unsubscribe("", MemberRef(ANNA)),
            lambda: list(side.connector.members("")),
        ):
            with pytest.raises((Invalid, NotFound, Unsupported)):
                call()
        assert set(side.members()) == {ANNA}

    # --- reading many ----------------------------------------------------------
    @pytest.mark.parametrize("number", ["0", "1", "page", "page + 1", "10_000"])
    def test_paging_is_complete(self, side, number):
        can = side.connector.capabilities
        count = eval(number, {"page": can.page_size})
        if count > side.many:
            pytest.skip(f"so many people take too long here: {count}")
        emails = side.fill(count)
        pages = list(side.connector.members(side.list_id))
        assert max((len(page.members) for page in pages), default=0) <= can.page_size
        assert len(pages) <= count // can.page_size + 1
        assert sorted(m.email for page in pages for m in page.members) == emails
        assert pages[-1].cursor == ""
        if len(pages) > 1:  # killed after the first page, resumed by another worker
            rest = list(side.another().members(side.list_id, pages[0].cursor))
            assert [p.members for p in rest] == [p.members for p in pages[1:]]

    def test_lookup_finds_whom_it_is_asked_for(self, side):
        rows = side.write(ANNA, BOB, CARLA)
        ids = {row.email: side.members()[row.email].remote_id for row in rows}
        refs = [
            MemberRef(ANNA),
            MemberRef(BOB, ids[BOB]),
            MemberRef("nobody@example.org"),
            MemberRef("nobody2@example.org", "987654321"),
            MemberRef(CARLA, "987654321"),
        ]
        found = list(side.connector.lookup(side.list_id, refs))
        assert sorted(member.email for member in found) == [ANNA, BOB, CARLA]
        assert list(side.connector.lookup(side.list_id, [])) == []

    def test_nobody_is_nobody(self, side):
        assert side.connector.member(side.list_id, MemberRef(ANNA)) is None

    def test_a_member_of_another_list_is_not_here(self, side):
        side.write(ANNA)
        assert side.status(ANNA, side.other_list) is None
        assert ANNA not in side.members(side.other_list)

    @needs("changes")
    def test_changes_since_a_time(self, side):
        side.write(ANNA, BOB)
        side.pass_time(100)
        between = side.now() - timedelta(seconds=50)
        side.act("unsubscribe", BOB)
        found = [
            member
            for page in side.connector.changes(side.list_id, between)
            for member in page.members
        ]
        assert {member.email for member in found} == {BOB}
        assert found[0].status is Status.UNSUBSCRIBED
        everything = side.connector.changes(side.list_id, between - timedelta(days=1))
        assert {m.email for page in everything for m in page.members} == {ANNA, BOB}

    # --- statuses --------------------------------------------------------------
    def test_statuses_are_told(self, side):
        side.write(ANNA, BOB)
        side.act("subscribe", CARLA)
        assert side.status(CARLA) is side.asked
        side.act("confirm", CARLA)
        side.act("unsubscribe", ANNA)
        side.act("bounce", BOB)
        assert side.status(ANNA) is side.left
        assert side.status(BOB) in BOUNCED
        assert side.status(CARLA) is Status.SUBSCRIBED
        assert set(side.members()) - {ANNA} == {BOB, CARLA}
        assert (ANNA in side.members()) == bool(side.left)

    @needs("status_time")
    def test_the_time_of_a_status_is_aware_utc(self, side):
        side.write(ANNA)
        side.act("unsubscribe", ANNA)
        at = side.members()[ANNA].status_at
        assert at.tzinfo is not None
        assert abs(at - side.now()) < timedelta(minutes=5)

    # --- what cannot be done ---------------------------------------------------
    def test_what_the_tool_cannot_do_is_refused(self, side):
        can, speak = side.connector.capabilities, side.connector
        ref = MemberRef(ANNA)
        calls = {
            "create_list": lambda: speak.create_list(ListDraft("x")),
            "update_list": lambda: speak.update_list(side.list_id, ListDraft("x")),
            "delete_list": lambda: speak.delete_list(side.list_id),
            "create_field": lambda: speak.create_field("x", FieldType.TEXT),
            "delete_field": lambda: speak.delete_field(None),
            "changes": lambda: list(speak.changes(side.list_id, side.now())),
            "asynchronous_batch": lambda: speak.poll(side.list_id, "1", []),
            "unsubscribe_everywhere": lambda: speak.unsubscribe_everywhere(ref),
            "remove_from_list": lambda: speak.remove(side.list_id, ref),
            "erase": lambda: speak.erase(ref),
            "change_address": lambda: speak.change_address(ref, BOB),
            "opt_in_process": lambda: speak.opt_in_processes(),
            "resubscribe": lambda: speak.subscribe(side.list_id, draft(ANNA)),
            "read_blocklist": lambda: list(speak.blocked()),
            "write_blocklist": lambda: speak.block(ANNA),
            "bounces": lambda: list(speak.bounces()),
            "register_webhooks": lambda: speak.register_webhooks("", "", ""),
        }
        for name, call in calls.items():
            if not getattr(can, name):
                with pytest.raises(Unsupported):
                    call()
        assert isinstance(can.unsubscribe, Level)
