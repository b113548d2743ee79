"""What is proposed for a mail, and what became of it."""

from odoo import api, fields, models
from odoo.exceptions import UserError

KINDS = [
    ("leave", "Unsubscribe everywhere"),
    ("leave_address", "Address out of marketing"),
    ("complain", "Unsubscribe everywhere (complaint)"),
    ("bounce", "Count as undeliverable"),
    ("note", "Note on the contact"),
    ("move_address", "Move the address into a note"),
    ("successor", "Link the successor"),
    ("change_address", "Change the address"),
    ("contact", "Create the contact"),
    ("tag", "Set the newsletter tag in the tool"),
    ("opt_in", "Ask for a double opt-in"),
]
#: the order in which steps are carried out
ORDER = {kind: number for number, (kind, _label) in enumerate(KINDS)}


class NewsletterCaseStep(models.Model):
    """One step. How each kind is carried out stands in ``newsletter_case_actions``.

    ``undo`` holds what was before, for kinds that can be undone. A leaving cannot:
    only a new consent of the person brings somebody back (rule W9).
    """

    _name = "newsletter.case.step"
    _description = "Step of a Newsletter Mail"
    _order = "case_id, sequence, id"
    _rec_name = "kind"

    case_id = fields.Many2one(
        "newsletter.case", required=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(related="case_id.company_id", store=True, index=True)
    case_state = fields.Selection(related="case_id.state", string="State of the Mail")
    sequence = fields.Integer(default=10)
    kind = fields.Selection(KINDS, required=True, readonly=True)
    selected = fields.Boolean(
        string="Do It", default=True, help="Carried out with the mail's button."
    )
    email = fields.Char(string="Address")
    new_email = fields.Char(string="New Address")
    person = fields.Char(string="Name")
    hint = fields.Char(readonly=True)
    state = fields.Selection(
        [
            ("open", "Proposed"),
            ("waiting", "On its way"),
            ("done", "Done"),
            ("undone", "Undone"),
        ],
        required=True,
        default="open",
        readonly=True,
        index=True,
    )
    result = fields.Char(readonly=True)
    remark = fields.Char(compute="_compute_remark")
    details = fields.Json(readonly=True)
    undo = fields.Json(readonly=True)
    can_undo = fields.Boolean(compute="_compute_can_undo")

    def _compute_can_undo(self):
        for step in self:
            step.can_undo = step.state == "done" and bool(step.undo)

    @api.depends("hint", "result")
    def _compute_remark(self):
        """What became of it, or what to know before."""
        for step in self:
            step.remark = step.result or step.hint

    def write(self, vals):
        """A person ticks, and corrects addresses and names, while the mail is open."""
        if not self.env.su and (
            set(vals) - {"selected", "email", "new_email", "person"}
            or any(step.state != "open" for step in self)
        ):
            raise UserError(
                self.env._("A step can only be ticked and corrected while it is open.")
            )
        return super().write(vals)

    def _carry_out(self):
        """Carry out the steps that are ticked, in their order.

        :raises UserError: a step lacks what it needs; nothing of it is done
        """
        due = self.filtered(lambda step: step.state == "open" and step.selected)
        for step in due.sorted(lambda step: (step.sequence, step.id)):
            values = getattr(step, f"_do_{step.kind}")()
            # sudo: what became of it is no field to type in
            step.sudo().write({"state": "done", **values})

    def action_undo(self):
        """Put back what was before, and say so."""
        for step in self.sorted("id", reverse=True):
            if not step.can_undo:
                raise UserError(
                    self.env._(
                        "“%s” cannot be undone.",
                        dict(step._fields["kind"]._description_selection(self.env))[
                            step.kind
                        ],
                    )
                )
            step.check_access("write")
            result = getattr(step, f"_undo_{step.kind}")()
            # sudo: see _carry_out
            step.sudo().write(
                {
                    "state": "undone",
                    "undo": False,
                    "selected": False,
                    "result": result,
                }
            )
            self.env["newsletter.event"]._log(
                "case_undone",
                record=step.case_id,
                company_id=step.company_id.id,
                text=result,
            )
