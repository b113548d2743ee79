"""The scheduled action feeds the queue instead of working itself."""

from odoo import api, models


class NewsletterRunner(models.AbstractModel):
    _inherit = "newsletter.runner"

    @api.model
    def _carry_on(self, run_id, seconds):
        """Let there be a job for the run; the queue's workers do the rest.

        Nearly always there is one already, for each job makes the next: this begins
        runs, and takes up those whose jobs somebody has cancelled or removed.
        """
        self._in_transaction(lambda runner: runner._browse_run(run_id)._enqueue_slice())
        return 0
