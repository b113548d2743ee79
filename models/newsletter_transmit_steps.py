"""The steps of a transmission: dry run, approval, exactly the approved tasks, proof."""

import time
from types import SimpleNamespace

from odoo import fields
from odoo.tools import SQL

from ..connectors.contract import Join, MemberDraft, Outcome
from ..connectors.errors import ServerFault
from ..sync.transmission import arrived
from .newsletter_fetch_steps import RECONCILE
from .newsletter_push import naive
from .newsletter_push_step import Step
from .newsletter_push_steps import Decide
from .newsletter_transmit_account import AskAccount
from .newsletter_transmit_row import LEFT
from .newsletter_transmit_speech import (
    PATIENCE,
    expected,
    pause,
    read_back,
    send,
)
from .newsletter_transmit_verify import Verify

#: members that become lines in one transaction
PLAN = 5000
#: calls in one slice, and people in it unless one call takes more: fewer where each of
#: them would have to be asked for by a call, if the answer is lost
CALLS, PEOPLE, ASKED_SINGLY = 25, 5000, 2000
#: tries with somebody about whom the tool says nothing, or over whom it stumbles
MAX_TRIES = 4
#: seconds until a batch that takes the tool long is asked for again
POLL_REST = 30
#: tasks by which somebody goes
LEAVE = ("unsubscribe", "delete")
#: the order of the tasks, and whether of people who come back after leaving; leavings
#: go first, and nobody waits for them
ORDER = (
    ("unsubscribe", None),
    ("delete", None),
    ("change_address", None),
    ("update", None),
    ("transmit", False),
    ("transmit", True),
    ("signup", False),
    ("signup", True),
)
JOINS = {"transmit": Join.SUBSCRIBE, "update": Join.NEVER, "signup": Join.ASK}
RESULTS = {
    "transmit": "subscribed",
    "update": "updated",
    "signup": "asked",
    "unsubscribe": "unsubscribed",
    "delete": "deleted",
    "change_address": "moved",
}
#: what the tool says of somebody after a task, where its answer does not
STATUS_AFTER = {
    "transmit": "subscribed",
    "signup": "pending",
    "unsubscribe": "unsubscribed",
}


class Plan(Step):
    """Each member with an open task becomes a line with old and new values."""

    def take(self, run, conversation):
        after = (run.cursor or {}).get("planned", 0)
        if not after:
            # the comparison before has counted its own progress
            run.write({"total": 0, "done": 0})
        domain = [
            ("coupling_id", "=", run.coupling_id.id),
            ("task", "!=", False),
            ("outdated", "=", False),
            ("parked", "=", False),
            ("id", ">", after),
            "|",
            ("next_try_at", "=", False),
            ("next_try_at", "<=", fields.Datetime.now()),
        ]
        if run.selection_domain:
            domain += run.selection_domain
        members = run.env["newsletter.member"].search(domain, order="id", limit=PLAN)
        if not after:
            run.env["newsletter.transmit"]._begin_plan(run, members)
            # some may want a decision now
            members = members.search(domain, order="id", limit=PLAN)
        return SimpleNamespace(ids=members.ids) if members else None

    def keep(self, run, work, answer):
        members = run.env["newsletter.member"].browse(work.ids)
        run.env["newsletter.transmit"]._plan(run, members)
        run.write(
            {
                "cursor": {**(run.cursor or {}), "planned": work.ids[-1]},
                "selected": run.selected + len(members),
                "total": run.total + len(members),
            }
        )


class Send(Step):
    """Batch by batch; first of all, what is still in flight is read back."""

    def may_overlap(self, work):
        """Batches do not depend on each other; what is read back or polled does."""
        return work.kind == "send" and not work.waits

    def proves(self, work, answer):
        """That a tool can be read does not prove that it takes what it is sent."""
        return work.kind == "poll" or (work.kind == "send" and bool(answer.rows))

    def hold(self, env, work):
        """The members, in one order for all, so that nobody waits for each other."""
        members = sorted(row.member_id for row in work.rows if row.member_id)
        env.cr.execute(
            SQL(
                "SELECT id FROM newsletter_member WHERE id = ANY(%s) ORDER BY id"
                " FOR NO KEY UPDATE",
                members,
            )
        )

    # --- take ------------------------------------------------------------------------
    def take(self, run, conversation):
        if work := self.take_back(run, conversation):
            return work
        can = conversation.connector(run).capabilities
        flight, rows = self._next(run, can, bool(conversation.flights))
        if not flight:
            return None
        conversation.flights.add(flight.id)
        return self._work(run, conversation, flight, rows, "send")

    def take_back(self, run, conversation):
        flight = run.env["newsletter.flight"]._orphan(
            run.coupling_id, conversation.flights
        )
        if not flight:
            return None
        rows = run.env["newsletter.transmit"]._rows(flight.line_ids)
        kind = "poll" if flight.job else "read_back"
        return self._work(run, conversation, flight, rows, kind)

    def _work(self, run, conversation, flight, rows, kind):
        connector = conversation.connector(run)
        mapping = run.env["newsletter.transmit"]._mapping(run)
        return SimpleNamespace(
            kind=kind,
            connector=connector,
            list_id=run.remote_list_id.remote_id,
            flight_id=flight.id,
            flights=conversation.flights,
            task=flight.task,
            job=flight.job,
            polls=flight.polls,
            came_back=flight.task in ("transmit", "signup")
            and any(row.remote_status in LEFT for row in rows[:1]),
            waits=connector.capabilities.asynchronous_batch,
            mapping=mapping,
            rows=rows,
            drafts=self._drafts(run, rows, mapping),
        )

    def _next(self, run, can, in_the_air):
        """The next people, marked as in flight; they are looked at once more.

        The cursor keeps the place in the order of tasks and lines. At its end whoever
        has to be sent again gets another round, when nothing is in the air any more.
        """
        transmit = run.env["newsletter.transmit"]
        number, after = (run.cursor or {}).get("place", [0, 0])
        while True:
            if number == len(ORDER):
                if in_the_air or not run._lines_waiting():
                    return None, None
                number, after = 0, 0
            task, came_back = ORDER[number]
            call, people = self._sizes(task, came_back, can)
            found = transmit._waiting(run, task, came_back, after, people)
            if not found:
                number, after = number + 1, 0
                continue
            found = self._alike(found, call)
            after = found[-1][0]
            rows = transmit._fit(run, found)
            if not rows:
                continue
            transmit._touch(rows)
            flight = run.env["newsletter.flight"].create(
                {
                    "run_id": run.id,
                    "coupling_id": run.coupling_id.id,
                    "task": task,
                    "line_ids": [row.id for row in rows],
                }
            )
            run.cursor = {**(run.cursor or {}), "place": [number, after]}
            return flight, rows

    @staticmethod
    def _alike(found, call):
        """The first of them with equally many tries; after a try few, then fewer."""
        tries = found[0][2]
        alike = [each for each in found if each[2] == tries]
        return alike[: max(1, call // 8**tries)] if tries else alike

    @staticmethod
    def _sizes(task, came_back, can):
        """People in one call, and in one slice of several calls."""
        if came_back:
            return 1, 1
        if task == "unsubscribe":
            call = can.unsubscribe_batch
        elif task in ("update", "transmit"):
            call = can.batch_size
        else:
            # the question of a double opt-in costs many tools some calls a person
            call = 1
        if can.asynchronous_batch and call > 1:
            return call, call
        # so that reading a slice back does not take very many calls
        people = min(PEOPLE, max(ASKED_SINGLY, CALLS * can.lookup_batch))
        return call, min(CALLS * call, max(people, call))

    @staticmethod
    def _drafts(run, rows, mapping):
        process = run.coupling_id.opt_in_process or ""
        reactions = run.coupling_id._reactions([row.email for row in rows])
        return [
            MemberDraft(
                email=row.email,
                remote_id=row.remote_id or "",
                values=mapping.as_attributes(row, row.values),
                join=JOINS.get(row.plan, Join.NEVER),
                opt_in_process=process,
                reactions=reactions[row.email],
            )
            for row in rows
        ]

    # --- speak -----------------------------------------------------------------------
    def speak(self, work):
        connector = work.connector
        if work.kind == "read_back":
            return read_back(connector, work.list_id, work.rows)
        if work.kind == "poll":
            time.sleep(pause(work.polls))
            return connector.poll(work.list_id, work.job, work.drafts)
        return send(work)

    # --- keep ------------------------------------------------------------------------
    def keep(self, run, work, answer):
        flight = run.env["newsletter.flight"].sudo().browse(work.flight_id).exists()
        transmit = run.env["newsletter.transmit"]
        work.flights.discard(work.flight_id)
        if work.kind != "read_back" and answer.job:
            flight.write({"job": answer.job, "polls": work.polls + 1})
            if work.polls >= PATIENCE:
                run._rest(POLL_REST, run.env._("The tool is still working on it."))
            return
        # who was not sent at all waits for another round
        unsent = getattr(answer, "unsent", frozenset())
        rows = transmit._rows([row.id for row in work.rows if row.id not in unsent])
        if work.kind == "read_back":
            settled = self._judge(run, work, rows, answer, flight.stumbled)
            rows = []
        else:
            settled = self._read(run, rows, answer)
        transmit._settle(flight.run_id or run, settled, work.mapping)
        known = {row.id for row in settled}
        if rest := [row.id for row in rows if row.id not in known]:
            # the answer does not name them: they are read back
            error = getattr(answer, "error", None)
            stumbled = error is None or isinstance(error, ServerFault)
            flight.write({"line_ids": rest, "job": False, "stumbled": stumbled})
        else:
            ended = flight.run_id.filtered(lambda each: each.state == "cancelled")
            flight.unlink()
            # who did not arrive is sent by the next run, not by that one
            ended._close_lines()

    def _read(self, run, rows, answer):
        """The rows that the answer settles, each with its result."""
        answers = {row.email.lower(): row for row in answer.rows}
        settled = []
        for row in rows:
            said = answers.get(row.email.lower())
            if said is None or said.outcome is Outcome.UNKNOWN:
                continue
            if said.outcome is Outcome.REFUSED:
                refusal = said.refusal.value if said.refusal else "other"
                self._failed(row, f"refused_{refusal}", said.message)
            elif said.outcome is Outcome.SKIPPED and row.plan not in LEAVE:
                row.result, row.reason = "skipped", "left_list"
            else:
                self._done(run, row, said.status, said.remote_id)
            settled.append(row)
        return settled

    def _done(self, run, row, status, remote_id, status_at=None):
        """The tool did it. Who turns out to have left stays so, whatever was sent."""
        row.agrees, row.result = True, RESULTS[row.plan]
        row.status = status.value if status else STATUS_AFTER.get(row.plan)
        row.said_id = remote_id
        row.status_at = str(naive(status_at)) if status_at else None
        if row.plan == "transmit" and row.status in LEFT:
            if row.remote_status in LEFT:
                row.agrees = False
                message = run.env._("The tool keeps this person unsubscribed.")
                self._failed(row, "refused_compliance", message)
            else:
                row.result, row.reason = "skipped", "left_list"

    @staticmethod
    def _failed(row, reason, message):
        row.result, row.reason, row.message = "failed", reason, message

    def _judge(self, run, work, rows, held, stumbled):
        """What arrived is done; what did not is sent again, but not for ever.

        A batch over which the tool stumbled is sent again in smaller parts, so that one
        person whom it cannot digest does not hold up the others.
        """
        settled, again = [], []
        can = work.connector.capabilities
        for row in rows:
            remote = held.get(row.id)
            if arrived(expected(row, work.mapping), remote, can.tells_pending):
                said = (
                    (remote.status, remote.remote_id, remote.status_at)
                    if remote
                    else (None, None)
                )
                self._done(run, row, *said)
                settled.append(row)
            elif stumbled and row.tries + 1 >= MAX_TRIES:
                message = run.env._("The tool gives no answer about this person.")
                self._failed(row, "refused_other", message)
                settled.append(row)
            else:
                again.append(row.id)
        if stumbled and again:
            for line in run.env["newsletter.run.line"].browse(again):
                line.tries += 1
        return settled


class Finish(Step):
    def take(self, run, conversation):
        return None if run.state == "done" else SimpleNamespace()

    def keep(self, run, work, answer):
        run._finished()


STEPS = {
    # what changed in Odoo and waits to be compared belongs into the dry run
    "compare": RECONCILE["compare"],
    "reconcile": RECONCILE["reconcile"],
    "plan": Plan(),
    "account": AskAccount(),
    "decide": Decide(),
    "transmit": Send(),
    "verify": Verify(),
    "finish": Finish(),
}
