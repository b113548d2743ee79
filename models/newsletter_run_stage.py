"""What a fetch or comparison leaves lying about, and what becomes of it at its end."""

from odoo import models
from odoo.tools import SQL


class NewsletterRun(models.Model):
    _inherit = "newsletter.run"

    def _clear_stage(self):
        """Drop what was read and not compared any more."""
        for run in self:
            self.env.cr.execute(
                "DELETE FROM newsletter_fetched WHERE run_id = %s", [run.id]
            )

    def _cancelled(self):
        result = super()._cancelled()
        self._give_back()
        return result

    def action_cancel(self):
        result = super().action_cancel()
        # sudo: see newsletter.run.action_cancel; idle runs are cancelled at once
        self.sudo().filtered(lambda run: run.state == "cancelled")._give_back()
        return result

    def _give_back(self):
        """Nothing is lost by cancelling: what was taken out of the outbox and not
        decided yet goes back into it, and the tool's changes are read again."""
        self.env.flush_all()
        for run in self:
            self.env.cr.execute(
                SQL(
                    """
                    WITH left_over AS (
                        DELETE FROM newsletter_candidate WHERE run_id = %(run)s
                        RETURNING member_id, contact_id, kind
                    )
                    INSERT INTO newsletter_change (coupling_id, res_model, res_id)
                    SELECT %(coupling)s,
                           CASE WHEN member_id IS NULL THEN 'mailing.contact'
                                ELSE 'newsletter.member' END,
                           COALESCE(member_id, contact_id)
                      FROM left_over
                     WHERE kind IS NULL
                       AND COALESCE(member_id, contact_id) IS NOT NULL
                       AND %(coupling)s IS NOT NULL
                    """,
                    run=run.id,
                    coupling=run.coupling_id.id or None,
                )
            )
            run._clear_stage()
