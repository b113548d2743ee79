"""A token pair that ends while many use it. The sandbox voids a pair at its renewal."""

from urllib.parse import parse_qs, urlsplit

import requests

THREADS = 4


def _connect(world):
    """Log in with a code, as the administrator does in the browser."""
    connection_id, redirect_uri = world.ask(
        f"{world.login_code(login='oauth')}\n"
        "answer([connection.id, connection.redirect_uri])"
    )
    answer = requests.post(
        world.sandbox.url("cleverreach") + "/oauth/authorize.php",
        params={
            "client_id": "sandbox-id",
            "response_type": "code",
            "redirect_uri": redirect_uri,
        },
        allow_redirects=False,
        timeout=60,
    )
    code = parse_qs(urlsplit(answer.headers["Location"]).query)["code"][0]
    world.ask(
        f"env['newsletter.connection'].browse({connection_id})._accept_code({code!r})"
    )
    return connection_id


def _race(world, connection_id):
    """Two processes with some threads each ask at once; the accounts they got."""
    code = f"""
def one(own):
    connection = own["newsletter.connection"].browse({connection_id})
    return connection._connector().account().remote_id

meet({str(world.meeting)!r}, {{number}}, of=2)
answer(in_the_background(one, {THREADS}))
"""
    both = [world.start(code.format(number=number)) for number in range(2)]
    return [account for process in both for account in process.finished()]


def _renewals(world):
    """Requests that were made with a refresh token."""
    return [
        entry
        for entry in world.sandbox.requests.all(path="token")
        if b"grant_type=refresh_token" in entry.body
    ]


def _stored(world, kind):
    """The tokens that the tool takes now."""
    rows = world.sandbox.store.rows("SELECT key FROM documents WHERE kind = ?", [kind])
    return [key for (key,) in rows]


def _is_newest(world, connection_id):
    columns = "access || '|' || refresh"
    where = f"connection_id = {connection_id}"
    ours = world.sql(f"SELECT {columns} FROM newsletter_token WHERE {where}")
    (access,), (refresh,) = _stored(world, "access"), _stored(world, "refresh")
    assert ours == f"{access}|{refresh}"


def test_many_meet_an_expired_token(world):
    connection_id = _connect(world)
    world.sql("UPDATE newsletter_token SET expires_at = now() - interval '1 hour'")
    assert _race(world, connection_id) == ["123456"] * 2 * THREADS
    assert len(_renewals(world)) == 1
    _is_newest(world, connection_id)


def test_many_are_refused_at_once(world, sandbox):
    """The tool has voided the access before its time: everybody gets a 401."""
    connection_id = _connect(world)
    sandbox.store.drop("cleverreach", "access")
    assert _race(world, connection_id) == ["123456"] * 2 * THREADS
    assert len(_renewals(world)) == 1
    _is_newest(world, connection_id)


def test_a_dead_token_asks_for_a_person_once(world, sandbox):
    world.make_people(3)
    run_id = world.approved_run()
    connection_id = int(
        world.sql(f"SELECT connection_id FROM newsletter_run WHERE id = {run_id}")
    )
    world.sql(
        "UPDATE newsletter_credential SET value = 'oauth' WHERE name = 'login'"
        f" AND connection_id = {connection_id}"
    )
    world.sql("UPDATE newsletter_token SET refresh = 'dead'")
    sandbox.store.drop("cleverreach", "access")
    told = world.ask(
        f"""
work({run_id})
run = fresh({run_id})
work({run_id})
connection = run.connection_id
answer([run.state, run.message, connection.state, len(connection.activity_ids)])
"""
    )
    state, message, connection_state, activities = told
    assert (state, connection_state, activities) == ("stopped", "reconnect", 1)
    assert "has expired" in message
    assert not world.at_tool()
