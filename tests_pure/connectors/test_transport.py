"""The one door to the network."""

import logging
import threading
import traceback

import pytest
import requests

from newsletter_sync.connectors import pacing
from newsletter_sync.connectors.capabilities import Capabilities
from newsletter_sync.connectors.error_table import ErrorRow, ErrorTable
from newsletter_sync.connectors.errors import (
    BadAnswer,
    Conflict,
    ConnectorError,
    Invalid,
    LoginRefused,
    MisConfigured,
    NotFound,
    PermissionMissing,
    QuotaExceeded,
    ServerFault,
    Throttled,
    TooLarge,
    Unreachable,
)
from newsletter_sync.connectors.pacing import Backoff, RateBudget, retry_after
from newsletter_sync.tests_pure.scripted_http import (
    Clock,
    FunctionHttp,
    ScriptedHttp,
    answer,
    transport,
)

URL = "https://api.example.org/v1/things"
PATH = "/v1/things"


@pytest.fixture
def http():
    script = ScriptedHttp()
    yield script
    script.finish()


# --- answers ------------------------------------------------------------------------
def test_success_is_parsed(http):
    http.expect("GET", PATH, {"name": "Färber"})
    reply = transport(http).call("GET", URL)
    assert reply.json() == {"name": "Färber"}
    assert "Färber" not in repr(reply)


@pytest.mark.parametrize(
    "body",
    [
        "<!DOCTYPE html><html>Maintenance</html>",
        b"\xff\xfe\x00",
        '{"open": ',
        '{"a": NaN}',
        "[" * 100_000,
        '{"n": ' + "9" * 10_000 + "}",
    ],
)
def test_what_is_no_json_is_a_bad_answer(http, body):
    http.expect("GET", PATH, body)
    with pytest.raises(BadAnswer) as caught:
        transport(http).call("GET", URL).json()
    assert caught.value.retryable


def test_empty_answer_is_none(http):
    http.expect("DELETE", PATH, "", status=204)
    assert transport(http).call("DELETE", URL).json() is None


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (400, Invalid),
        (401, LoginRefused),
        (402, QuotaExceeded),
        (403, PermissionMissing),
        (404, NotFound),
        (409, Conflict),
        (410, NotFound),
        (413, TooLarge),
        (418, Invalid),
        (422, Invalid),
        (429, Throttled),
        (500, ServerFault),
        (503, ServerFault),
        (301, MisConfigured),
        (302, BadAnswer),
        (599, ServerFault),
    ],
)
def test_default_rows(http, status, error):
    http.expect("POST", PATH, {"message": "Nein"}, status=status)
    with pytest.raises(error) as caught:
        transport(http, backoff=Backoff(tries=1)).call("POST", URL)
    assert type(caught.value) is error
    assert caught.value.status == status
    assert "Nein" in caught.value.detail


def test_own_rows_come_first(http):
    table = ErrorTable(
        [ErrorRow(QuotaExceeded, (400,), code="full"), ErrorRow(NotFound, (400,))]
    )
    http.expect("POST", PATH, {"error": {"code": "FULL", "message": "x"}}, status=400)
    http.expect("POST", PATH, {"error": {"code": "other"}}, status=400)
    door = transport(http)
    with pytest.raises(QuotaExceeded):
        door.call("POST", URL, errors=table)
    with pytest.raises(NotFound):
        door.call("POST", URL, errors=table)


@pytest.mark.parametrize(
    ("body", "code", "words"),
    [
        ({"error": {"code": 7, "message": "no"}}, "7", "no"),
        (
            {"error": "invalid_grant", "error_description": "gone"},
            "invalid_grant",
            "gone",
        ),
        ({"title": "Forgotten", "detail": "left"}, "Forgotten", "left"),
        ({"errors": [{"code": "X", "context": "why", "message": "m"}]}, "X", "why"),
        (["Wrong password."], "", "Wrong password."),
        ({"error": 7}, "7", ""),
        ('"text"', "", "text"),
        ([[1]], "", ""),
        ({"error": ["a", {}]}, "a", "a"),
        (None, "", ""),
        (5, "", ""),
    ],
)
def test_error_bodies_of_all_kinds(http, body, code, words):
    http.expect("POST", PATH, answer(body)[2], status=400)
    with pytest.raises(Invalid) as caught:
        transport(http).call("POST", URL)
    assert caught.value.code == code
    assert words in caught.value.detail


def test_too_large_an_answer_is_not_read(http):
    http.expect("GET", PATH, "x" * 200_000)
    with pytest.raises(BadAnswer):
        transport(http, max_bytes=100_000, backoff=Backoff(tries=1)).call("GET", URL)


def test_T10_a_redirect_is_not_followed(http):
    http.expect(
        "GET", PATH, "", status=302, headers={"Location": "http://127.0.0.1/admin"}
    )
    with pytest.raises(BadAnswer):
        transport(http, backoff=Backoff(tries=1)).call("GET", URL)


def test_cookies_are_not_kept(http):
    http.expect("GET", PATH, {}, headers={"Set-Cookie": "session=1; Path=/"})
    http.expect("GET", PATH, {})
    door = transport(http)
    door.call("GET", URL)
    door.call("GET", URL)
    assert "Cookie" not in http.sent[1].headers


def test_login_in_netrc_is_not_used(http, tmp_path, monkeypatch):
    netrc = tmp_path / "netrc"
    netrc.write_text("machine api.example.org login anna password geheim\n")
    monkeypatch.setenv("NETRC", str(netrc))
    http.expect("GET", PATH, {})
    transport(http).call("GET", URL, headers={"Authorization": "Bearer ours"})
    assert http.sent[0].headers["Authorization"] == "Bearer ours"


# --- retries ------------------------------------------------------------------------
@pytest.mark.parametrize("failure", [500, 502, 503, requests.ConnectionError("cut")])
def test_reading_is_repeated(http, failure):
    clock = Clock()
    for _ in range(2):
        if isinstance(failure, int):
            http.expect("GET", PATH, {}, status=failure)
        else:
            http.expect("GET", PATH, failure)
    http.expect("GET", PATH, {"ok": 1})
    assert transport(http, clock).call("GET", URL).json() == {"ok": 1}
    assert clock.slept == [0.5, 1.0]  # half of 1 s and of 2 s: the jitter is 0


@pytest.mark.parametrize("failure", [500, requests.ConnectionError("cut")])
def test_writing_is_not_repeated(http, failure):
    if isinstance(failure, int):
        http.expect("POST", PATH, {}, status=failure)
    else:
        http.expect("POST", PATH, failure)
    with pytest.raises((ServerFault, Unreachable)):
        transport(http).call("POST", URL)


def test_idempotent_writing_is_repeated(http):
    http.expect("POST", PATH, requests.Timeout("slow"))
    http.expect("POST", PATH, [1])
    assert transport(http).call("POST", URL, idempotent=True).json() == [1]


def test_it_gives_up_with_the_last_error(http):
    for _ in range(4):
        http.expect("GET", PATH, {}, status=503)
    with pytest.raises(ServerFault):
        transport(http).call("GET", URL)


@pytest.mark.parametrize("wait", ["7", "Fri, 15 Jan 2027 08:00:07 GMT"])
def test_retry_after_is_obeyed_even_for_writing(http, wait):
    clock = Clock(1_800_000_000.0)  # Fri, 15 Jan 2027 08:00:00 GMT
    http.expect("POST", PATH, {}, status=429, headers={"Retry-After": wait})
    http.expect("POST", PATH, {})
    transport(http, clock).call("POST", URL)
    assert clock.slept == [7.0]


def test_a_broken_tool_may_tell_how_long(http):
    clock = Clock()
    http.expect("GET", PATH, {}, status=503, headers={"Retry-After": "9"})
    http.expect("GET", PATH, {})
    transport(http, clock).call("GET", URL)
    assert clock.slept == [9.0]


def test_a_long_wait_is_left_to_the_caller(http):
    clock = Clock()
    http.expect("GET", PATH, {}, status=429, headers={"Retry-After": "3600"})
    with pytest.raises(Throttled) as caught:
        transport(http, clock).call("GET", URL)
    assert caught.value.retry_after == 3600
    assert clock.slept == []


def test_the_tools_own_header_may_tell_the_wait(http):
    clock = Clock()
    http.expect("GET", PATH, {}, status=429, headers={"X-RateLimit-Reset": "3"})
    http.expect("GET", PATH, {})
    table = ErrorTable(wait_headers=("retry-after", "x-ratelimit-reset"))
    transport(http, clock).call("GET", URL, errors=table)
    assert clock.slept == [3.0]


@pytest.mark.parametrize("text", ["", "soon", "nan", "inf", "-inf", "1e300", "-5"])
def test_nonsense_in_retry_after(text):
    assert retry_after({"retry-after": text}, 0.0) in (None, 0.0)


def test_jitter_is_added_to_the_tools_wait_never_taken_away():
    backoff = Backoff()
    assert backoff.wait(1, 10.0, lambda: 0.0) == 10.0
    assert backoff.wait(1, 10.0, lambda: 1.0) > 10.0
    assert backoff.wait(9, None, lambda: 1.0) == backoff.longest


# --- pace ---------------------------------------------------------------------------
def test_calls_per_second_are_kept(http):
    clock = Clock()
    for _ in range(5):
        http.expect("GET", PATH, {})
    door = transport(http, clock, Capabilities(calls_per_second=2))
    for _ in range(5):
        door.call("GET", URL)
    assert sum(clock.slept) == pytest.approx(2.0)


def test_an_hours_budget_ends_with_throttled(http):
    clock = Clock()
    for _ in range(3):
        http.expect("GET", PATH, {})
    door = transport(http, clock, Capabilities(calls_per_hour=3))
    for _ in range(3):
        door.call("GET", URL)
    with pytest.raises(Throttled) as caught:
        door.call("GET", URL)
    assert caught.value.retry_after == pytest.approx(3600, abs=1)


def test_the_budget_is_shared_by_threads():
    budget = RateBudget((10, 1.0))
    waits = []
    threads = [
        threading.Thread(target=lambda: waits.append(budget.take(0.0, 60.0)))
        for _ in range(40)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(waits) == [0.0] * 10 + [1.0] * 10 + [2.0] * 10 + [3.0] * 10


def test_who_does_not_wait_takes_nothing():
    budget = RateBudget((1, 10.0))
    assert budget.take(0.0, 60.0) == 0
    assert budget.take(0.0, 5.0) == 10
    assert budget.take(10.0, 60.0) == 0


def test_one_budget_for_one_account():
    can = Capabilities(calls_per_second=1)
    one, other = (pacing.shared_budget("account", can) for _ in range(2))
    assert one is other
    assert pacing.shared_budget("another", can) is not one


def test_parallel_calls_are_limited():
    busy, most, lock = 0, 0, threading.Lock()
    gate = threading.Event()

    def reply(request):
        nonlocal busy, most
        with lock:
            busy += 1
            most = max(most, busy)
        gate.wait(0.05)
        with lock:
            busy -= 1
        return answer({})

    door = transport(FunctionHttp(reply), capabilities=Capabilities(parallel_calls=2))
    threads = [threading.Thread(target=door.call, args=("GET", URL)) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == 2


# --- secrets ------------------------------------------------------------------------
def test_secrets_are_in_no_text(http, caplog):
    caplog.set_level(logging.DEBUG)
    secret = "s3cr3t/+key"
    calls = []
    url = URL + "?token=s3cr3t%2F%2Bkey&email=anna@example.org"
    http.expect("GET", PATH, requests.ConnectionError(f"no route to {url}"))
    http.expect("POST", PATH, {"message": f"bad key {secret}"}, status=400)
    http.expect("POST", PATH, {"message": "Bearer abcdefghijkl"}, status=400)
    door = transport(http, on_call=calls.append, backoff=Backoff(tries=1))
    door.hide(secret)
    texts = [repr(door)]
    headers = {"Authorization": f"Bearer {secret}"}
    for method in ("GET", "POST", "POST"):
        try:
            door.call(method, url, headers=headers)
        except ConnectorError as error:
            texts += [str(error), repr(error), repr(vars(error)), error.detail]
            texts += traceback.format_exception(error)
            assert error.__context__ is None and error.__cause__ is None
    texts += [record.getMessage() for record in caplog.records]
    texts += [repr(call) for call in calls]
    for text in texts:
        assert "s3cr3t" not in text
        assert "abcdefghijkl" not in text
    assert not any("anna@example.org" in repr(call) for call in calls)


def test_a_secret_that_would_be_cut_in_half(http):
    secret = "geheim" * 10
    http.expect("POST", PATH, {"message": "x" * 280 + secret}, status=400)
    door = transport(http)
    door.hide(secret)
    with pytest.raises(Invalid) as caught:
        door.call("POST", URL)
    assert "geheim" not in caught.value.detail


@pytest.mark.parametrize(
    "text",
    [
        "access_token=abcdef123",
        '{"refresh_token": "abcdef123"}',
        "client_secret: abcdef123",
        "?code=abcdef123&state=x",
        "api-key=abcdef123",
        "Authorization: Basic abcdef123",
        "password='abcdef123'",
    ],
)
def test_what_looks_like_a_secret_is_masked(http, text):
    assert "abcdef123" not in transport(http).redact(text)


def test_ordinary_words_stay(http):
    text = "401 Unauthorized: invalid token, code: 1100"
    assert transport(http).redact(text) == text


def test_headers_with_impossible_letters_are_our_fault(http):
    with pytest.raises(MisConfigured):
        transport(http).call("GET", URL, headers={"X-Key": "a\nb"})


def test_the_hook_counts_every_attempt(http):
    calls = []
    http.expect("GET", PATH, {}, status=503)
    http.expect("GET", PATH, {})
    transport(http, on_call=calls.append).call("GET", URL)
    assert [(call.status, call.attempt) for call in calls] == [(503, 1), (200, 2)]
