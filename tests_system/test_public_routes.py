"""Random requests to all public routes: no error, no change, no telling of addresses.

``NEWSLETTER_FUZZ`` is the number of requests (10,000 for the full round),
``NEWSLETTER_FUZZ_SEED`` repeats one.
"""

import json
import os
import random
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlencode

import pytest

from scripts.environment import places
from tests_system.robot import Robot, Sent, send

NUMBER = int(os.environ.get("NEWSLETTER_FUZZ", "1200"))
SEED = int(
    os.environ.get("NEWSLETTER_FUZZ_SEED", random.SystemRandom().randrange(10**6))
)
#: so many people of each kind whose answers are timed
PEOPLE = 60
KINDS = ("known", "blocked", "left", "unknown")

_WORLD = f"""
import json, secrets
parameters = env["ir.config_parameter"]
parameters.set_param("newsletter_sync.requests_per_client", "1000000")
club = env["mailing.list"].create({{"name": "Fuzzed news", "is_public": True}})
form, general = env["newsletter.consent.form"].create([
    {{"name": name, "purpose": "News", "mailing_list_ids": [(6, 0, lists)],
      "ask_name": True, "offer_phone": True,
      "wording_ids": [(0, 0, {{"lang": "en_US", "text": "Yes, please"}})]}}
    for name, lists in (("Form", club.ids), ("General", []))])
consents = env["newsletter.consent"]
for kind in ("known", "blocked", "left"):
    for number in range({PEOPLE}):
        email = f"{{kind}}{{number}}@example.org"
        env["res.partner"].create({{"name": email, "email": email}})
        env["mailing.contact"].create({{"name": email, "email": email,
            "subscription_ids": [(0, 0, {{"list_id": club.id}})]}})
        consent = consents._for_address(email, mailing_list=club)
        consent._record("request")
        consent._record("confirmation")
        if kind == "left":
            env["newsletter.leaving"]._leave([email], env.company, "page")
        if kind == "blocked":
            env["mail.blacklist"]._add([email])
requests, _refused = env["newsletter.consent.request"]._open(
    ["somebody@example.org", "pending@example.org"], env.company, club, origin="staff")
confirm = []
for request in requests:
    token = secrets.token_urlsafe(32)
    request.token_digest = request._digest(token)
    confirm.append(token)
urls = env["newsletter.preference"]._urls(
    ["known1@example.org", "known2@example.org"], env.company, club)
connection = env["newsletter.connection"].create(
    {{"name": "Fuzzed", "provider": "cleverreach"}})
listener = env["newsletter.webhook"].create({{
    "connection_id": connection.id, "state": "active",
    "secrets": {{"call_token": "k" * 64}}}})
env.cr.commit()
print(json.dumps({{
    "forms": [form.key, general.key], "box": f"box_{{club.id}}",
    "tokens": {{
        "confirm": confirm,
        "preferences": [url.rpartition("/")[2] for url in urls.values()],
        "webhook": [listener.sudo()._token().rpartition("/")[2]]}}}}))
"""

#: whatever a request without a valid token may not touch
_STATE = """
SELECT json_build_object(
    'confirmed', (SELECT json_agg(json_build_array(email, state) ORDER BY id)
                  FROM newsletter_consent
                  WHERE state NOT IN ('none', 'pending')),
    'evidence', (SELECT json_agg(DISTINCT kind) FROM newsletter_consent_event),
    'proofs', (SELECT count(*) FROM newsletter_consent_event
               WHERE kind NOT IN ('request', 'mail')),
    'requests', (SELECT json_agg(state ORDER BY id) FROM newsletter_consent_request
                 WHERE origin = 'staff'),
    'leavings', (SELECT count(*) FROM newsletter_leaving),
    'subscriptions', (SELECT json_agg(json_build_array(id, opt_out) ORDER BY id)
                      FROM mailing_subscription),
    'blocked', (SELECT count(*) FROM mail_blacklist WHERE active),
    'unwilling', (SELECT count(*) FROM res_partner WHERE no_marketing_email),
    'people', (SELECT count(*) FROM res_partner),
    'readers', (SELECT count(*) FROM mailing_contact),
    'lists', (SELECT json_agg(json_build_array(id, name)) FROM mailing_list),
    'deliveries', (SELECT count(*) FROM newsletter_delivery))
"""


@pytest.fixture(scope="module")
def served(environment, databases, installed):
    """(address, what is in it, its state as a call) of an Odoo behind a proxy."""
    with databases.copied(installed[0]) as database:
        printed = environment.odoo.run_code(database, _WORLD)
        world = json.loads(printed.strip().splitlines()[-1])
        # nothing is sent meanwhile: what changes is the requests' doing
        options = ("--proxy-mode", "--max-cron-threads", "0")
        with environment.odoo.serving(database, *options) as address:

            def state():
                return json.loads(environment.postgres.sql(_STATE, database))

            yield address.removeprefix("http://"), world, state, database


def test_random_requests_break_and_change_nothing(served):
    address, world, state, database = served
    print(f"seed {SEED}")
    robot = Robot(SEED, world["forms"], world["tokens"])
    requests = [robot.request() for _number in range(NUMBER)]
    before = state()
    failures, statuses = [], {}
    with ThreadPoolExecutor(4) as pool:
        answers = pool.map(lambda sent: send(address, sent), requests)
        for sent, (status, body, headers) in zip(requests, answers, strict=True):
            statuses[status] = statuses.get(status, 0) + 1
            told = b"Traceback" in body or b"known1@example" in body
            if status >= 500 or told or _cookie(status, headers):
                failures.append(f"{status} {sent}")
    print(f"{NUMBER} requests, answered by {dict(sorted(statuses.items()))}")
    assert not failures, "\n".join(failures[:20])
    assert state() == before
    log = (places.LOGS / f"serve-{database}.log").read_text(errors="replace")
    assert "Traceback" not in log, log[log.index("Traceback") :][:3000]
    # the robot has got through to each route, not only to a wall before them
    assert {200, 403, 404, 405, 422} <= set(statuses)


def _cookie(status, headers):
    """Our own answers set none; Odoo's page for an unknown path may."""
    return status in (200, 422) and any(name == "Set-Cookie" for name, _v in headers)


def test_every_link_survives_a_scanner(served):
    """HEAD, GET and OPTIONS on valid links, many times, change nothing (D4, O5)."""
    address, world, state, _database = served
    before = state()
    paths = [
        f"/newsletter/{place}/{token}"
        for place in ("confirm", "preferences")
        for token in world["tokens"][place]
    ]
    paths += [f"/newsletter/subscribe/{key}" for key in world["forms"]]
    for path in paths:
        for method in ("HEAD", "GET", "OPTIONS", "HEAD", "GET"):
            status, _body, _headers = send(address, Sent(method, path, None))
            assert status in (200, 204), (method, path, status)
    assert state() == before


def test_D7_known_and_unknown_addresses_get_the_same_answer_in_the_same_time(served):
    """Not one kind of address is answered quicker or slower than the others.

    Compared by ranks, with no absolute times: of two people of different kinds each is
    the slower one about as often.
    """
    address, world, _state, _database = served
    chance = random.Random(SEED)
    people = [(kind, number) for kind in KINDS for number in range(PEOPLE)]
    chance.shuffle(people)
    for number in range(10):  # what is made at the first time only
        _ask(address, world, f"warm{number}@example.org")
    times, bodies = {kind: [] for kind in KINDS}, set()
    for kind, number in people:
        start = time.perf_counter()
        status, body, _headers = _ask(address, world, f"{kind}{number}@example.org")
        times[kind].append(time.perf_counter() - start)
        bodies.add((status, body))
    assert len(bodies) == 1, "the answers differ"
    slower = {
        (one, other): _how_often_slower(times[one], times[other])
        for one in KINDS
        for other in KINDS
        if one < other
    }
    print({f"{one}/{other}": round(share, 2) for (one, other), share in slower.items()})
    for pair, share in slower.items():
        assert 0.2 < share < 0.8, f"{pair}: {share:.2f} tells them apart"


def _ask(address, world, email):
    data = {"email": email, "lang": "en_US", world["box"]: "1"}
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    path = f"/newsletter/subscribe/{world['forms'][0]}"
    return send(address, Sent("POST", path, urlencode(data).encode(), headers))


def _how_often_slower(some, others):
    """The share of pairs in which the first one took longer (Mann and Whitney's U)."""
    pairs = [(one > other) + 0.5 * (one == other) for one in some for other in others]
    return sum(pairs) / len(pairs)


def test_guessing_links_is_slowed_down_and_nobody_is_locked_out(served):
    """After some unknown links one client waits; a valid link works all the same."""
    address, world, _state, _database = served
    guesses = [
        send(address, Sent("GET", f"/newsletter/preferences/guess{number}", None))
        for number in range(80)
    ]
    assert guesses[0][0] == 404
    assert guesses[-1][0] == 429
    assert int(dict(guesses[-1][2])["Retry-After"]) >= 1
    link = f"/newsletter/preferences/{world['tokens']['preferences'][0]}"
    assert send(address, Sent("GET", link, None))[0] == 200
    other = {"X-Forwarded-For": "192.0.2.77", "X-Forwarded-Host": "127.0.0.1"}
    unknown = Sent("GET", "/newsletter/confirm/guess", None, other)
    assert send(address, unknown)[0] == 404
