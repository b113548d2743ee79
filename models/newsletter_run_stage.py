"""What a fetch or comparison leaves lying about, and what becomes of it at its end."""

from odoo import models


class NewsletterRun(models.Model):
    _inherit = "newsletter.run"

    def _clear_stage(self):
        """Drop what was read and not compared any more."""
        for run in self:
            self.env.cr.execute(
                "DELETE FROM newsletter_fetched WHERE run_id = %s", [run.id]
            )
