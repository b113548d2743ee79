"""A run's slices as a chain of jobs: each works one slice and makes the next."""

from odoo import fields, models

from odoo.addons.newsletter_sync.models.newsletter_conversation import Conversation
from odoo.addons.newsletter_sync.models.newsletter_run import OPEN_STATES, URGENT
from odoo.addons.queue_job.exception import RetryableJobError

CHANNEL = "root.newsletter"
#: jobs that still have to do what they were made for
LIVING = ("wait_dependencies", "pending", "enqueued", "started")
#: seconds until a job asks again for a tool that somebody else speaks with
BUSY = 2


class NewsletterRun(models.Model):
    _inherit = "newsletter.run"

    # One line of jobs for each run: a job whose number is not the next has been
    # overtaken. It counts through all phases, so it alone identifies a slice.
    jobs_done = fields.Integer(readonly=True, copy=False)

    def _enqueue_slice(self):
        """Make the job of the next slice, unless there is one or nothing to do."""
        self.ensure_one()
        if self.state not in OPEN_STATES:
            return
        number = self.jobs_done + 1
        identity_key = f"newsletter.run/{self.id}/{number}"
        # sudo: jobs are for the queue's managers, runs are started by clerks
        jobs = self.env["queue.job"].sudo()
        job = jobs.search(
            [("identity_key", "=", identity_key), ("state", "in", LIVING)], limit=1
        )
        rests_until = self.next_try_at if self._is_resting else False
        if not job:
            phases = dict(self._fields["phase"]._description_selection(self.env))
            self.with_delay(
                channel=f"{CHANNEL}.{self.connection_id.id}",
                description=f"{self.name}: {phases[self.phase]} ({number})",
                eta=rests_until,
                identity_key=identity_key,
                priority=5 if self.kind in URGENT else None,
            )._job_slice(number)
        elif job.state == "pending" and job.eta and not rests_until:
            # a person, or the tool itself, has ended the rest
            job.eta = False

    def _job_slice(self, number):
        """Work one slice; the job after this one is made together with its success.

        All writing happens in the runner's own transactions. The job's own carries
        nothing but the job, so a worker that dies loses nothing: the queue starts the
        same job again, and what was in flight is read back first.

        :param number: which job of the run this is; an overtaken one does nothing
        :raises RetryableJobError: somebody else speaks with the tool, or shall be first
        """
        self.ensure_one()
        runner = self.env["newsletter.runner"]
        run_id = self.id
        connection_id = runner._in_transaction(
            lambda own: own._browse_run(run_id)._connection_for_job(number)
        )
        if not connection_id:
            return
        with runner._only_worker(connection_id) as alone:
            if not alone:
                raise RetryableJobError(
                    "Another worker speaks with this tool.",
                    seconds=BUSY,
                    ignore_retry=True,
                )
            with Conversation() as conversation:
                runner._slice(run_id, conversation)
        # the tool is free again before its next job can begin
        runner._in_transaction(lambda own: own._browse_run(run_id)._after_job(number))

    def _connection_for_job(self, number):
        """The connection that the job needs, or False where it was overtaken.

        :raises RetryableJobError: somebody leaves; a better priority alone would not
            help them, for a job that found the tool busy comes again some time later
        """
        due = self.state in OPEN_STATES and self.jobs_done == number - 1
        if due and self._lets_others_first():
            raise RetryableJobError(
                "Somebody leaves, and is let go first.",
                seconds=BUSY,
                ignore_retry=True,
            )
        return due and self.connection_id.id

    def _lets_others_first(self):
        """Whether a run by which people go waits for the same tool."""
        if self.kind in URGENT:
            return False
        urgent = self.search(
            [
                ("connection_id", "=", self.connection_id.id),
                ("kind", "in", URGENT),
                ("state", "in", OPEN_STATES),
            ]
        )
        return any(not run._is_resting for run in urgent)

    def _after_job(self, number):
        """Count the job and make the next, in one transaction."""
        if self.exists() and self.jobs_done == number - 1:
            self.jobs_done = number
            self._enqueue_slice()
