"""The contract suite's third part, for connectors that speak over a network.

Nothing may be lost, doubled or told, whatever the line and the tool do.
"""

from __future__ import annotations

import json
import logging
import traceback
from abc import abstractmethod
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timezone
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from newsletter_sync.connectors.contract import (
    Connector,
    Delivery,
    FieldType,
    Join,
    ListDraft,
    MemberDraft,
    MemberRef,
    Outcome,
    RemoteField,
)
from newsletter_sync.connectors.errors import (
    BadAnswer,
    ConnectorError,
    LoginRefused,
    ServerFault,
    Throttled,
    Unreachable,
)
from newsletter_sync.sync.vocabulary import Status

from .contract import ANNA, BOB, COMPANY, DONE, Side, draft, needs
from .contract_consent import ConsentContractTests
from .scripted_http import FunctionHttp, answer


class HttpSide(Side):
    """A side behind HTTP, with a hand on the line."""

    #: (method, regular expression of the path) of a batch write and of a page read
    write_call: tuple[str, str]
    read_call: tuple[str, str]
    #: seconds that connectors slept (tests sleep in no time)
    slept: list[float]

    @abstractmethod
    def fault(self, kind: str, call: tuple[str, str], **options: Any) -> None:
        """The next such calls fail; ``kind`` is one of ``sandbox.faults.KINDS``."""

    @abstractmethod
    def clear_faults(self) -> None:
        """The line is good again."""

    @abstractmethod
    def calls(self, call: tuple[str, str]) -> int:
        """How many calls of a kind reached the tool."""

    @abstractmethod
    def secrets(self) -> list[str]:
        """What no text may show: passwords, keys, tokens."""

    @abstractmethod
    def on(self, adapter: FunctionHttp) -> Connector:
        """A connector that reaches the adapter instead of the tool."""

    @abstractmethod
    def break_login(self) -> Connector:
        """A connector whose login the tool refuses for good."""


def everything_of(speak: Connector, side: HttpSide) -> Iterator[Any]:
    """Every call of the contract, each as a function."""
    list_id = side.list_id
    ref = MemberRef(ANNA, "12")
    since = datetime(2026, 1, 1, tzinfo=timezone.utc)
    one = MemberDraft(ANNA, {side.first: "Anna"}, "12")
    batch = [
        one,
        MemberDraft(BOB, join=Join.ASK),
        MemberDraft("c@example.org", join=Join.NEVER),
    ]
    yield speak.account
    yield speak.lists
    yield lambda: speak.create_list(ListDraft("x", settings=COMPANY))
    yield lambda: speak.update_list(list_id, ListDraft("x", settings=COMPANY))
    yield lambda: speak.delete_list("12")
    yield lambda: speak.count(list_id)
    yield lambda: speak.fields(list_id)
    yield lambda: speak.create_field("x", FieldType.DATE)
    yield lambda: speak.delete_field(RemoteField("x", "x", remote_id="1"))
    yield speak.opt_in_processes
    yield lambda: list(speak.members(list_id))
    yield lambda: list(speak.changes(list_id, since))
    yield lambda: list(speak.lookup(list_id, [ref, MemberRef(BOB)]))
    yield lambda: speak.member(list_id, ref)
    yield lambda: speak.upsert(list_id, batch)
    yield lambda: speak.upsert(list_id, [MemberDraft(ANNA), MemberDraft(BOB)])
    yield lambda: speak.poll(list_id, "1", batch)
    yield lambda: speak.subscribe(list_id, one)
    yield lambda: speak.subscribe(list_id, draft(ANNA, join=Join.ASK))
    yield lambda: speak.unsubscribe(list_id, ref)
    yield lambda: speak.unsubscribe_everywhere(ref)
    yield lambda: speak.remove(list_id, ref)
    yield lambda: speak.erase(ref)
    yield lambda: speak.change_address(ref, BOB)
    yield lambda: list(speak.blocked())
    yield lambda: speak.block(ANNA)
    yield lambda: speak.unblock(ANNA)
    yield lambda: list(speak.bounces(since))
    yield lambda: speak.register_webhooks("https://example.org/h", list_id, "v" * 20)
    yield lambda: speak.exchange_code("code", "https://example.org/back")


#: what tools answer on bad days, and worse
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**30), 10**30)
    | st.floats()
    | st.sampled_from(["", "0", "-1", "1e999", "true", "null", "31.02.2026", "a@b.org"])
    | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                [
                    *("id", "email", "name", "error", "status", "message", "code"),
                    *("activated", "deactivated", "bounced", "registered", "active"),
                    *("attributes", "global_attributes", "tags", "data", "results"),
                    *("access_token", "expires_in", "type", "group_id", "groups_id"),
                    *("success", "call_token", "total_count", "_embedded", "_links"),
                ]
            ),
            inner,
            max_size=6,
        )
    ),
    max_leaves=25,
)
#: half right: what a list of people, groups or fields may look like on a bad day
ALMOST = st.lists(
    st.fixed_dictionaries(
        {
            "id": st.sampled_from(["1", 2]) | JSON,
            "email": st.sampled_from([ANNA, "Bob@Example.org"]) | JSON,
            "name": st.just("firstname") | JSON,
        },
        optional={
            **dict.fromkeys(("activated", "deactivated", "bounced", "active"), JSON),
            **dict.fromkeys(
                ("attributes", "tags", "status", "groups_id", "type"), JSON
            ),
        },
    ),
    max_size=3,
)
BODIES = (
    (JSON | ALMOST).map(lambda value: json.dumps(value).encode())
    | st.binary(max_size=30)
    | st.just(b"<!DOCTYPE html><html><body>Maintenance</body></html>")
)
STATUSES = st.sampled_from([200, 200, 200, 200, 201, 204, 302, 400, 401, 404, 413, 500])


class HttpContractTests(ConsentContractTests):
    """Faults of the line, logins, secrets, nonsense."""

    # --- too fast, broken ------------------------------------------------------
    def test_429_is_waited_for_as_long_as_the_tool_says(self, side):
        side.fault("status", side.write_call, status=429, retry_after=7, times=1)
        assert side.write(ANNA)[0].outcome in DONE
        assert 7 <= sum(side.slept) < 9
        assert set(side.members()) == {ANNA}

    def test_429_for_long_is_told_and_not_slept(self, side):
        side.fault("status", side.read_call, status=429, retry_after=600)
        with pytest.raises(Throttled) as caught:
            side.members()
        assert caught.value.retry_after == 600
        assert sum(side.slept) < 60

    def test_a_short_failure_of_reading_is_not_noticed(self, side):
        side.write(ANNA)
        side.fault("status", side.read_call, status=500, times=2)
        assert set(side.members()) == {ANNA}

    def test_a_long_failure_is_told(self, side):
        side.fault("status", side.read_call, status=503)
        with pytest.raises(ServerFault) as caught:
            side.members()
        assert caught.value.retryable

    @pytest.mark.parametrize("kind", ["html", "garbage"])
    def test_what_is_no_answer_is_never_an_empty_list(self, side, kind):
        side.write(ANNA)
        side.fault(kind, side.read_call)
        with pytest.raises(BadAnswer) as caught:
            side.members()
        assert caught.value.retryable

    # --- the line is cut -------------------------------------------------------
    @pytest.mark.parametrize("kind", ["cut", "cut_after"])
    @pytest.mark.parametrize("times", [1, None])
    def test_a_cut_line_loses_and_doubles_nobody(self, side, kind, times):
        people = [draft(f"p{n}@example.org", **{side.first: "P"}) for n in range(5)]
        side.fault(kind, side.write_call, times=times)
        try:
            rows = side.write(*people)
            sure = all(row.outcome in DONE for row in rows)
            assert sure or any(row.outcome is Outcome.UNKNOWN for row in rows)
        except Unreachable as error:
            sure = False
            assert error.retryable
        side.clear_faults()
        found = side.members()  # fails if somebody is there twice
        at_once = side.connector.capabilities.batch_size >= len(people)
        if sure or kind == "cut_after" and at_once:
            assert set(found) == {person.email for person in people}
        elif kind == "cut_after":
            assert people[0].email in found
        assert all(row.outcome in DONE for row in side.write(*people))
        assert len(side.members()) == 5
        assert side.reactivations() == 0

    @needs("keeps_leavers")
    def test_who_left_between_two_tries_stays_away(self, side):
        side.write(ANNA)
        side.fault("cut_after", side.write_call)
        with suppress(Unreachable):  # a tool may need no such call for somebody known
            side.write(draft(ANNA, **{side.first: "Anna"}))
        side.clear_faults()
        side.act("unsubscribe", ANNA)
        side.write(ANNA)
        assert side.status(ANNA) is Status.UNSUBSCRIBED

    # --- login -----------------------------------------------------------------
    def test_a_refused_login_is_told_as_such(self, side):
        speak = side.break_login()
        with pytest.raises(LoginRefused) as caught:
            speak.account()
        assert not caught.value.retryable

    # --- secrets ---------------------------------------------------------------
    def test_secrets_are_in_no_text(self, side, caplog):
        caplog.set_level(logging.DEBUG, logger="newsletter_sync")
        texts = []
        side.write(ANNA)

        def echo(request):
            """A tool that repeats in its error what it was told."""
            told = f"{request.url} {dict(request.headers)} {request.body}"
            return answer({"error": {"code": 400, "message": told}}, status=400)

        for speak in (side.connector, side.on(FunctionHttp(echo)), side.break_login()):
            texts.append(repr(speak) + repr(speak.transport) + repr(speak.tokens))
            for call in everything_of(speak, side):
                try:
                    call()
                except ConnectorError as error:
                    texts += [str(error), repr(error), repr(vars(error))]
                    texts += traceback.format_exception(error)
        texts += [record.getMessage() for record in caplog.records]
        assert len(texts) > 20
        for secret in side.secrets():
            assert not any(secret in text for text in texts)

    # --- nonsense --------------------------------------------------------------
    @settings(
        max_examples=40,
        deadline=None,
        suppress_health_check=[
            HealthCheck.function_scoped_fixture,
            HealthCheck.differing_executors,
        ],
    )
    @given(replies=st.lists(st.tuples(STATUSES, BODIES), min_size=1, max_size=4))
    def test_nonsense_raises_nothing_but_connector_errors(self, side, replies):
        turn = iter(range(10**9))
        speak = side.on(
            FunctionHttp(
                lambda request: (
                    replies[(n := next(turn)) % len(replies)][0],
                    {},
                    replies[n % len(replies)][1],
                )
            )
        )
        for call in everything_of(speak, side):
            try:
                call()
            except ConnectorError:
                pass

    @settings(
        max_examples=40,
        deadline=None,
        suppress_health_check=[
            HealthCheck.function_scoped_fixture,
            HealthCheck.differing_executors,
        ],
    )
    @given(body=BODIES, headers=st.dictionaries(st.text(max_size=9), st.text()))
    def test_nonsense_by_webhook(self, side, body, headers):
        for method in ("GET", "POST"):
            delivery = Delivery(method, headers, headers, body)
            for call in (
                lambda d=delivery: type(side.connector).handshake(d, "v" * 20),
                lambda d=delivery: type(side.connector).verify(d, {}),
                lambda d=delivery: type(side.connector).parse(d),
            ):
                try:
                    call()
                except ConnectorError:
                    pass
