"""make demo: set up, run the main job against the sandbox, serve both.

DEMO_SERVE=0            end after the report
DEMO_PORT=8069          where Odoo is served
DEMO_SANDBOX_PORT=8099  where the sandbox is served
DEMO_MAIL_PORT=8098     where the mails are read that Odoo has sent
TOOL=cleverreach        the newsletter tool: mailman runs a real GNU Mailman 3, all
                        others are played by the sandbox
"""

from __future__ import annotations

import json
import os
import signal
import time

from ..environment import Environment, places, prepare
from ..environment.console import Failure, run_command, say, step
from . import circle, database, left_overs, post, table, tools
from .places import DATABASE, port

_JOB = """\
from odoo.addons.newsletter_sync.scripts.demo.inside import job
job.synchronise(env, {tool!r}, {place!r})
"""
_TWO_WAY = """\
from odoo.addons.newsletter_sync.scripts.demo.inside import two_way
two_way.keep_equal(env, {tool!r}, {place!r})
"""


def main() -> int:
    # Whatever ends it shall stop the servers, too: Ctrl-C, also where a script has
    # started it in the background, kill, or a closed terminal.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)
    places.STATE.mkdir(parents=True, exist_ok=True)
    serve = os.environ.get("DEMO_SERVE", "1") != "0"
    tool = tools.chosen()
    with left_overs.alone():
        sandbox_port = port("DEMO_SANDBOX_PORT", 8099)
        mail_port = port("DEMO_MAIL_PORT", 8098)
        odoo_port = port("DEMO_PORT", 8069) if serve else 0
        environment = prepare()
        database.provide(environment)
        python = environment.virtualenv.python
        with (
            tools.running(tool, python, sandbox_port) as place,
            post.running(python, mail_port) as mails,
        ):
            process = place.pop("process")
            code = _run_job(environment, tool, place)
            code = _run_two_way(environment, tool, place) or code
            form = circle.Circle(environment, tool, place, mails).show(odoo_port)
            if serve and not code:
                pages = {"Mails": mails.url, "form": form}
                _serve(environment, odoo_port, place, process, pages)
    return code


def _run_job(environment: Environment, tool: str, place: dict) -> int:
    """Synchronise, report, and say by the exit code whether the tool is as it must."""
    say(f"- Main job: connecting to {tool}, synchronising what is not yet …")
    with step("Main job"):
        printed = environment.odoo.run_code(
            DATABASE, _JOB.format(tool=tool, place=place)
        )
    outcome = json.loads(printed.strip().splitlines()[-1])
    is_first = outcome["is_first"]
    before = "" if is_first else f", done on {outcome['date']} UTC"
    say(f"\nReport of the synchronisation with “{outcome['list']}”{before}")
    table.show(outcome)
    name, held = place["label"], set(outcome["subscribed"])
    return _compare(name, held, set(outcome["expected"]), is_first)


def _run_two_way(environment: Environment, tool: str, place: dict) -> int:
    """Keep a second list equal both ways, and tell each step."""
    with step("Both ways"):
        printed = environment.odoo.run_code(
            DATABASE, _TWO_WAY.format(tool=tool, place=place)
        )
    outcome = json.loads(printed.strip().splitlines()[-1])
    if not outcome:
        say("\n- Both ways: done before; see Newsletter Tools > Couplings.")
        return 0
    say("\nA list that is kept equal both ways")
    for title, lines in outcome["steps"]:
        say(f"\n  {title}")
        for line in lines:
            say(f"    {line}")
    say("")
    held, expected = set(outcome["subscribed"]), set(outcome["expected"])
    code = _compare(place["label"], held, expected, True)
    for text, kept in outcome["judged"]:
        say(f"  {'ok ' if kept else 'NOT'}  {text}")
    return code or int(not all(kept for _text, kept in outcome["judged"]))


def _compare(name: str, subscribed: set[str], expected: set[str], is_first) -> int:
    """Hold what the tool has against what the invented people lead to."""
    if subscribed == expected:
        say(f"  {name} holds exactly the {len(expected)} eligible people.")
        return 0
    differing = sorted(subscribed ^ expected)
    say(
        f"  {name} holds {len(subscribed)} people, eligible were {len(expected)};"
        f" they differ in {', '.join(differing[:5])}."
    )
    # Later on, whoever plays with the demo has changed it.
    return 1 if is_first else 0


def _serve(
    environment: Environment, odoo_port: int, place: dict, process, pages: dict
) -> None:
    say("\n- Odoo: starting …")
    with environment.odoo.serving(DATABASE, port=odoo_port) as address:
        say(
            f"""
  Odoo      {address}   admin / admin, or the clerk: clerk / clerk
  {place["label"]:<9} {place["url"]}   the newsletter tool with its lists and recipients
  Mails     {pages["Mails"]}   what Odoo has sent, with links that work
  Form      {address}{pages["form"]}

  Try: Contacts, select some, action menu "Synchronise with Newsletter Tool".
       Email Marketing > Newsletter Tools shows the report of the run above.
       Fill in the form, confirm in the mail, and look into the tool; then leave.
       Email Marketing > Mailbox holds answers to newsletters that want a decision.

  Ctrl-C ends it; the next 'make demo' goes on, 'make clean' removes everything."""
        )
        try:
            while process.poll() is None:
                time.sleep(0.5)
        except KeyboardInterrupt:
            say("\n- Stopping …")
            return
    raise Failure(f"{place['label']} has ended; its log is below {places.STATE}.")


if __name__ == "__main__":
    run_command(main)
