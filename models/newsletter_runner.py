"""Carries runs out in slices. The only place that commits.

A slice is *take* (in a transaction) → *speak* (in none) → *keep* (in a transaction).
What is taken is marked before it is spoken about, so that a process killed at any
moment leaves behind what it was doing; the next one reads it back instead of sending
twice.
"""

import time
from contextlib import contextmanager
from datetime import timedelta

import psycopg2.errors

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import UserError

from ..connectors.errors import ConnectorError, LoginRefused, Throttled
from ..connectors.masked_log import get_logger
from .newsletter_conversation import Conversation
from .newsletter_run import OPEN_STATES, URGENT

_logger = get_logger(__name__)

#: seconds that somebody waits for a run in front of the screen
FOREGROUND_SECONDS = 45
#: seconds of one turn of the scheduled action, below Odoo's limit for one
CRON_SECONDS = 8
#: tries of a transaction that collides with others, each after a longer wait
COLLISIONS = 8
#: seconds of the first wait after a failure, and of the longest: each is twice the last
FIRST_WAIT, LONGEST_WAIT = 30, 3600
#: failed tries in a row after which a run is stopped visibly: a tool may be away for
#: two hours
MAX_TRIES = 9
#: whoever goes is let go soon after the tool is back; two hours are more tries then
URGENT_WAIT, URGENT_TRIES = 300, 28
_CONFLICTS = (
    psycopg2.errors.SerializationFailure,
    psycopg2.errors.DeadlockDetected,
    psycopg2.errors.LockNotAvailable,
)


class NewsletterRunner(models.AbstractModel):
    _name = "newsletter.runner"
    _description = "Newsletter Runner"

    # --- entry points ----------------------------------------------------------
    @api.model
    def _start(self, values):
        """Begin a run in a transaction of its own, so that slices can see it.

        :return: the id of the run; the scheduler takes it up if its starter dies
        """

        def create(runner):
            # sudo: users start runs by the offered actions only
            run = runner.env["newsletter.run"].sudo().create(values)
            # a run of the whole account has neither
            if not run.coupling_id and run.remote_list_id:
                run.coupling_id = runner.env["newsletter.coupling"]._for_list(
                    run.remote_list_id
                )
            run._check_may_run()
            runner._wake(fields.Datetime.now() + timedelta(minutes=1))
            return run.id

        return self._in_transaction(create)

    @api.model
    def _wake(self, at=None):
        """Let the scheduled action run as soon as this transaction is committed."""
        # sudo: whoever starts a run may wake the scheduler
        self.env.ref("newsletter_sync.cron_run").sudo()._trigger(at)

    @api.model
    def _cron_work(self):
        """Work on what is due; called again by the scheduler while work remains."""
        cron = self.env["ir.cron"]
        due = self._due_runs()
        left = cron._commit_progress(remaining=len(due))
        worked = False
        for run_id in due.ids:
            if left <= 0:
                break
            worked |= bool(self._carry_on(run_id, min(left, CRON_SECONDS)))
            left = cron._commit_progress(1)
        if worked and self._due_runs():
            self._wake()

    @api.model
    def _carry_on(self, run_id, seconds):
        """Let a due run go on; a queue of jobs, where there is one, puts its own here.

        :return: the number of slices worked just now
        """
        return self._work(run_id, seconds)

    @api.model
    def _due_runs(self):
        """The runs that rest no more; those by which people go come first."""
        # sudo: the scheduler works for all users and companies
        runs = self.env["newsletter.run"].sudo()
        now = fields.Datetime.now()
        due = [
            ("state", "in", OPEN_STATES),
            *("|", "|"),
            ("next_try_at", "=", False),
            ("next_try_at", "<=", now),
            ("cancel_requested", "=", True),
        ]
        urgent = runs.search([("kind", "in", URGENT), *due], order="id", limit=100)
        others = runs.search([("kind", "not in", URGENT), *due], order="id", limit=100)
        return (urgent + others).filtered(lambda run: not run._is_resting)

    @api.model
    def _work(self, run_id, seconds):
        """Carry a run on for some seconds.

        :return: the number of slices worked, 0 if another worker has the connection
        """
        connection_id = self._in_transaction(
            lambda runner: runner._browse_run(run_id).connection_id.id
        )
        if not connection_id:
            return 0
        until = time.monotonic() + seconds
        slices = 0
        with self._only_worker(connection_id) as alone, Conversation() as conversation:
            ahead = None
            while alone:
                goes_on, ahead = self._slice(run_id, conversation, until, ahead)
                if not goes_on:
                    break
                slices += 1
                # what is in the air is waited for and kept
                if time.monotonic() >= until and not ahead:
                    break
        return slices

    @api.model
    def _work_and_leave(self, run_id, seconds):
        """Work while somebody waits; the scheduler takes over what is left."""
        self._work(run_id, seconds)
        self._wake()

    # --- one slice ---------------------------------------------------------------
    def _slice(self, run_id, conversation, until=0, ahead=None):
        """Take, speak, keep.

        Where the step allows it the next slice is taken while the tool still works on
        this one, and spoken while this one is kept. It is marked before it is spoken
        about, as every slice, so a kill leaves no more than these two to be read back.

        :param ahead: the slice that is in the air already: (step, work, answer to come)
        :return: whether the run goes on (else it is finished, waits, or has failed),
            and the slice that is in the air now
        """
        following = None
        try:
            if not ahead:
                taken = self._in_transaction(
                    lambda runner: runner._take(run_id, conversation)
                )
                if taken is None:
                    return False, None
                step, work = taken
                aside = step.may_overlap(work)
                ahead = (step, work, conversation.say(step, work, aside))
            step, work, coming = ahead
            if step.may_overlap(work) and time.monotonic() < until:
                following = self._in_transaction(
                    lambda runner: runner._take_ahead(run_id, step, conversation)
                )
            answer = coming.result()
            error = getattr(answer, "error", None)
            if following and not error:
                following = (step, following, conversation.say(step, following, True))
            heard = conversation.calls(), conversation.learned(answer)
            self._in_transaction(
                lambda runner: runner._keep(run_id, step, work, answer, *heard)
            )
            if error:
                return self._park(run_id, "_failed", error)
        except ConnectorError as error:
            return self._park(run_id, "_failed", error)
        except _CONFLICTS:
            return self._park(run_id, "_collided")
        except UserError as error:
            return self._park(run_id, "_stop", str(error))
        except Exception:
            _logger.exception("newsletter run %s stopped", run_id)
            return self._park(run_id, "_broken")
        return True, following

    def _park(self, run_id, how, *why):
        """Write down why a run does not go on now, by the method ``how``.

        Where even that fails the run stays due as it was, and others get their turn.
        """
        try:
            self._in_transaction(lambda runner: getattr(runner, how)(run_id, *why))
        except Exception:
            _logger.exception("newsletter run %s could not be parked", run_id)
        return False, None

    def _take(self, run_id, conversation):
        run = self._browse_run(run_id)
        if run.state not in OPEN_STATES or run._is_resting:
            return None
        if run.cancel_requested:
            taken = run._take_back(conversation)
            # it may have been stopped instead, until the tool can be asked
            if not taken and run.state in OPEN_STATES and not run._is_resting:
                run._cancelled()
            return taken
        run._check_may_run()
        return run._take_step(conversation)

    def _take_ahead(self, run_id, step, conversation):
        """The next work of a step while the last is in the air, if the run goes on."""
        run = self._browse_run(run_id)
        connected = run.connection_id.state == "connected"
        if run.state != "running" or run.cancel_requested or not connected:
            return None
        run._check_may_run()
        return step.take(run, conversation)

    def _keep(self, run_id, step, work, answer, calls, known=None):
        step.hold(self.env, work)
        run = self._browse_run(run_id)
        run.requests += calls
        if known is not None:
            run._learn(known)
        # that a tool can be read does not prove that it takes what it is sent
        if run.next_try_at and step.proves(work, answer):
            run.write({"tries": 0, "next_try_at": False, "message": False})
        step.keep(run, work, answer)

    def _failed(self, run_id, error):
        """After a failed call: try later, or stop where a person must act."""
        run = self._browse_run(run_id)
        connection = run.connection_id
        if isinstance(error, LoginRefused):
            connection._note_failure(error)
        message = connection._explain(error)
        # it may be about what the run believes to know of the tool
        run._learn({})
        if not error.retryable:
            return self._stop(run_id, message)
        wanted = error.retry_after if isinstance(error, Throttled) else None
        self._wait(run, message, wanted)

    def _collided(self, run_id):
        """Somebody writes the same people all the time: later again."""
        run = self._browse_run(run_id)
        self._wait(
            run,
            run.env._(
                "Others are changing the same people just now. It goes on by itself."
            ),
        )

    def _broken(self, run_id):
        """A mistake of ours."""
        self._stop(
            run_id,
            self.env._(
                "An unexpected error stopped the run; the server's log names it. "
                "Nothing is lost: resume the run when it is mended."
            ),
        )

    def _wait(self, run, message, wanted=None):
        """Try later, each time after a longer wait, and after many tries stop.

        A cancelled run has only to ask what became of some people, and does not give
        that up.

        :param wanted: seconds that the tool asks for
        """
        urgent = run.kind in URGENT
        tries = URGENT_TRIES if urgent else MAX_TRIES
        if run.tries + 1 >= tries and not run.cancel_requested:
            self._stop(run.id, message)
            return
        longest = URGENT_WAIT if urgent else LONGEST_WAIT
        seconds = min(FIRST_WAIT * 2 ** min(run.tries, 10), longest)
        if wanted:
            seconds = max(1, min(wanted, LONGEST_WAIT))
        run.tries += 1
        run._rest(seconds, message)
        self.env["newsletter.event"]._log("run_waits", run=run, text=message)

    def _stop(self, run_id, message):
        """Park a run visibly; nothing of it is lost and it can be resumed."""
        run = self._browse_run(run_id)
        run.write(
            {
                "state": "stopped",
                "message": message,
                "finished_at": fields.Datetime.now(),
            }
        )
        run._mark_aborted()
        self.env["newsletter.event"]._log("run_stopped", run=run, text=message)

    # --- transactions and locks --------------------------------------------------
    def _browse_run(self, run_id):
        """The run, acting as who started it; as superuser if that user is gone."""
        # sudo: runs are written by the runner only; records are read as the user
        run = self.env["newsletter.run"].sudo().browse(run_id).exists()
        user = run.user_id
        # what Odoo begins by itself is read by who is responsible
        reader = user if user.active else run.connection_id.user_id or user
        lang = reader.lang if user.active else run.connection_id._spoken()
        context = {"lang": lang or None, "tz": reader.tz}
        if not user.active:
            user = user.browse(SUPERUSER_ID)
        return (
            run.with_user(user)
            .with_company(run.company_id)
            .with_context(**context, allowed_company_ids=run.company_id.ids)
            .sudo()
        )

    def _in_transaction(self, work):
        """Run ``work(runner)`` in a transaction of its own, again if it collided."""
        for attempt in range(COLLISIONS):
            try:
                with self.env.registry.cursor() as cr:
                    return work(self.with_env(self.env(cr=cr)))
            except _CONFLICTS:
                if attempt == COLLISIONS - 1:
                    raise
                time.sleep(0.05 * 2**attempt)
        return None

    @contextmanager
    def _only_worker(self, connection_id, work="newsletter.connection"):
        """Yield whether this worker is alone with the connection, at this work.

        A session lock on a cursor of its own: it is held over many transactions, holds
        none open itself, and vanishes with the process that dies.
        """
        key = (work, connection_id)
        with self.env.registry.cursor() as cr:
            cr.execute("SELECT pg_try_advisory_lock(hashtext(%s), %s)", key)
            alone = cr.fetchone()[0]
            # ends the transaction, not the lock: nothing stays open during calls
            cr.commit()  # pylint: disable=invalid-commit
            try:
                yield alone
            finally:
                if alone:
                    cr.execute("SELECT pg_advisory_unlock(hashtext(%s), %s)", key)

    @contextmanager
    def _one_after_another(self, work, key):
        """Wait until nobody else is at this work; a lock as that of ``_only_worker``.

        A transaction that begins within sees what those before have committed.
        """
        with self.env.registry.cursor() as cr:
            cr.execute("SELECT pg_advisory_lock(hashtext(%s), %s)", (work, key))
            cr.commit()  # pylint: disable=invalid-commit
            try:
                yield
            finally:
                cr.execute("SELECT pg_advisory_unlock(hashtext(%s), %s)", (work, key))
