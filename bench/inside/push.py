"""The main job as a clerk starts it: select all in the list, wizard, approve."""

from __future__ import annotations

from ...models.newsletter_run import OPEN_STATES
from ...models.newsletter_runner import CRON_SECONDS
from .connection import as_clerk, list_with
from .meter import Meter


def synchronise(env, prefix: str, remote_id: int, recording: str) -> None:
    """Push everybody whose address begins with the prefix."""
    env = as_clerk(env)
    remote_list = list_with(env, remote_id)
    with Meter(recording) as meter:
        with meter.phase("preview"):
            run = _preview(_selected(env, prefix), remote_list)
            _work(run)
        to_send = run.to_send
        with meter.phase("transmit"):
            # with nobody to send there is nothing to approve: the run is done
            if run.state == "preview":
                run.action_synchronise()
            _work(run)
        assert run.state == "done", run.message
    results = dict(
        env["newsletter.run.line"]._read_group(
            [("run_id", "=", run.id)], ["result"], ["__count"]
        )
    )
    assert set(results) <= {"subscribed", "updated", "unchanged"}, results
    batch = run.connection_id._connector_class().capabilities.batch_size
    meter.answer(results=results, to_send=to_send, batch=batch)


def _selected(env, prefix: str):
    """What the web client hands over for "select all": so many ids, and the domain."""
    domain = [["email", "=like", f"{prefix}%"]]
    partners = env["res.partner"]
    limit = env["newsletter.push.wizard"]._ids_limit()
    ids = partners.search(domain, limit=limit).ids
    context = {"active_model": partners._name, "active_domain": domain}
    return partners.with_context(**context).browse(ids)


def _preview(records, remote_list):
    action = records.action_newsletter_push()
    wizard = records.env[action["res_model"]].browse(action["res_id"])
    wizard.remote_list_id = remote_list
    records.env.cr.commit()  # wizard and next step are two requests of the browser
    action = wizard.action_preview()
    return records.env["newsletter.run"].browse(action["res_id"])


def _work(run) -> None:
    """Turns of the scheduled action, without the time between them."""
    _look_again(run)
    while run.state in OPEN_STATES:
        run.env["newsletter.runner"]._work(run.id, CRON_SECONDS)
        _look_again(run)
        if run.next_try_at:
            raise SystemExit(run.message)


def _look_again(run) -> None:
    """Other transactions have written the run; they are seen by a fresh one only."""
    run.env.cr.commit()
    run.env.invalidate_all()
