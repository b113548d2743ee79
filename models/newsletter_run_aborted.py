"""A run that ends before it has reached everybody says so of each of them."""

from odoo import fields, models
from odoo.tools import SQL

from .newsletter_reconcile_texts import ABORTED


class NewsletterRunLine(models.Model):
    _inherit = "newsletter.run.line"

    result = fields.Selection(selection_add=[("aborted", "Aborted")])

    def _number_order(self, planned):
        return [*super()._number_order(planned), ("aborted", "")]

    def _number_level(self, key):
        return "warning" if key == ("aborted", "") else super()._number_level(key)


class NewsletterRun(models.Model):
    _inherit = "newsletter.run"

    aborted = fields.Integer(
        string="Not Reached",
        readonly=True,
        help="People whom the run had still to look at or to transmit when somebody, "
        "the safety brake or a failure ended it. Nothing was changed for them. Resume "
        "a stopped run, or cancel it: then the next one goes on with them.",
    )

    def _mark_aborted(self, for_good=False):
        """Say of everybody who was not reached that the run was aborted.

        Members of whom the last comparison left a question open keep it: it is open
        still. Only whose sides were said to agree is told not to be looked at.

        :param for_good: the run cannot be resumed, so its lines are closed as well
        """
        self.env.flush_all()
        for run in self:
            run.aborted = run._mark_members() + run._lines_waiting(to_send=True)
            if for_good:
                run._close_lines()

    def _mark_members(self):
        """Mark the members among the candidates; the number of all candidates."""
        candidates = self.env["newsletter.candidate"]
        left = candidates.search_count([("run_id", "=", self.id)])
        if left:
            self.env.cr.execute(
                SQL(
                    """
                    UPDATE newsletter_member member
                       SET result = 'aborted', result_code = %s, result_text = %s
                      FROM newsletter_candidate candidate
                     WHERE candidate.run_id = %s AND member.id = candidate.member_id
                       AND COALESCE(member.result, 'success') = 'success'
                    """,
                    ABORTED,
                    self.env["newsletter.reconcile"]._text(ABORTED),
                    self.id,
                )
            )
            self.env["newsletter.member"].invalidate_model()
        return left

    def _close_lines(self):
        """Nobody waits in a run that has ended.

        Whom the tool may have got is left to whoever asks it.
        """
        if not self:
            return
        flights = self.env["newsletter.flight"].sudo()  # as every step of a run
        in_flight = flights.search([("run_id", "in", self.ids)]).mapped("line_ids")
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """
                UPDATE newsletter_run_line
                   SET result = CASE plan WHEN 'unchanged' THEN 'unchanged'
                                ELSE 'aborted' END
                 WHERE run_id = ANY(%s) AND result = 'waiting' AND NOT id = ANY(%s)
                """,
                self.ids,
                [line for lines in in_flight for line in lines],
            )
        )
        self.env["newsletter.run.line"].invalidate_model()

    def _cancelled(self):
        self._mark_aborted(for_good=True)
        return super()._cancelled()

    def action_cancel(self):
        # sudo: see newsletter.run.action_cancel; idle runs are cancelled at once
        self.check_access("read")
        idle = self.sudo()._ends_at_once()
        stopped = idle.filtered(lambda run: run.state == "stopped")
        # its people were marked when it stopped; others may have reached them since
        stopped._close_lines()
        (idle - stopped)._mark_aborted(for_good=True)
        return super().action_cancel()

    def action_resume(self):
        result = super().action_resume()
        # sudo: runs are read-only for users, this is one of the offered actions
        self.sudo().filtered(lambda run: run.state == "queued").aborted = 0
        return result
