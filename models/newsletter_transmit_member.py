"""What a transmission knows of a member."""

from odoo import api, fields, models

from .newsletter_transmit_row import Row


class NewsletterMember(models.Model):
    _inherit = "newsletter.member"

    task_reason = fields.Char(
        string="Reason of the Decision",
        help="Why somebody who left is brought back; logged with who decided.",
    )
    asked_at = fields.Datetime(
        string="Asked by the Tool On",
        help="When the tool was last told to ask this person by its double opt-in.",
    )
    in_flight_run_id = fields.Many2one(
        "newsletter.run",
        compute="_compute_in_flight_run_id",
        string="Being Sent by",
        help="The run that sent the task and has no answer yet.",
    )

    @api.depends_context("uid")
    def _compute_in_flight_run_id(self):
        # sudo: the memory of the engine
        flights = self.env["newsletter.flight"].sudo()
        found = {}
        for flight in flights.search([("coupling_id", "in", self.coupling_id.ids)]):
            lines = self.env["newsletter.run.line"].sudo().browse(flight.line_ids)
            found.update(dict.fromkeys(lines.member_id.ids, flight.run_id.id))
        for member in self:
            member.in_flight_run_id = found.get(member.id, False)

    def _transmitted(self, task, status, status_at=False):
        """The tool did a task by another way than a transmission: both sides agree."""
        # sudo: members are written by the engine only
        self.env["newsletter.transmit"].sudo()._write_members(
            [
                Row.of(
                    member_id=member.id,
                    plan=task,
                    status=status,
                    status_at=status_at and str(status_at),
                    fits=True,
                )
                for member in self
            ]
        )
