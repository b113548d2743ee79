"""What undoing a run would bring back in Odoo, told before it is done."""

from odoo import api, fields, models
from odoo.tools import format_date, formatLang

from ..models.newsletter_undo import ALONE, AT_ONCE, BACK

#: names that are shown of those who are left as they are
SHOWN = 20


class NewsletterUndoWizard(models.TransientModel):
    """The preview of an undo with its numbers; nothing is changed by looking."""

    _name = "newsletter.undo.wizard"
    _description = "Undo a Newsletter Run in Odoo"

    run_id = fields.Many2one(
        "newsletter.run", required=True, readonly=True, ondelete="cascade"
    )
    coupling_id = fields.Many2one(related="run_id.coupling_id")
    coupling_state = fields.Selection(related="run_id.coupling_id.state")
    back_count = fields.Integer(compute="_compute_numbers")
    values_count = fields.Integer(string="Former Values", compute="_compute_numbers")
    list_count = fields.Integer(
        string="People off the List Again", compute="_compute_numbers"
    )
    contact_count = fields.Integer(
        string="Created Contacts, Archived", compute="_compute_numbers"
    )
    again_count = fields.Integer(
        string="People Who Leave Again", compute="_compute_numbers"
    )
    left_count = fields.Integer(string="Leavings Kept", compute="_compute_numbers")
    changed_count = fields.Integer(
        string="Changed Since, or Not Yours", compute="_compute_numbers"
    )
    left_alone = fields.Text(string="Left as They Are", compute="_compute_numbers")
    advice = fields.Text(compute="_compute_advice")
    pause = fields.Boolean(
        string="Pause the coupling",
        default=True,
        help="Nothing is compared or sent by itself until you resume the coupling.",
    )

    @api.depends("run_id")
    def _compute_numbers(self):
        undo = self.env["newsletter.undo"]
        for wizard in self:
            counts, names = undo._preview(wizard.run_id, SHOWN)
            wizard.values_count = counts["values"]
            wizard.list_count = counts["list"]
            wizard.contact_count = counts["contact"]
            wizard.left_count = counts["left"]
            wizard.again_count = counts["left_again"]
            wizard.back_count = sum(counts[kind] for kind in BACK)
            wizard.changed_count = sum(counts[kind] for kind in ALONE)
            if wizard.changed_count > len(names):
                names.append(
                    self.env._("… and %s more", wizard.changed_count - len(names))
                )
            wizard.left_alone = "\n".join(names) or False

    @api.depends("run_id")
    def _compute_advice(self):
        for wizard in self:
            lines = []
            if wizard.run_id.kind == "webhook":
                lines.append(
                    self.env._(
                        "What the tool tells on one day is one run: all of it is "
                        "brought back, whatever message it came by (%s).",
                        format_date(
                            self.env,
                            fields.Date.context_today(self, wizard.run_id.create_date),
                        ),
                    )
                )
            lines.append(
                self.env._(
                    "%s people whom the run had brought back leave again: every "
                    "newsletter tool that has them unsubscribes them. Nothing else is "
                    "sent by this. Who has left stays away.",
                    wizard.again_count,
                )
                if wizard.again_count
                else self.env._(
                    "Nothing is sent by this: the newsletter tool stays as it is. Who "
                    "has left stays away."
                )
            )
            if wizard.coupling_id.direction == "to_odoo":
                lines.append(
                    self.env._(
                        "This coupling only writes Odoo: while it runs, the next fetch "
                        "brings the tool's values again."
                    )
                )
            else:
                lines.append(
                    self.env._(
                        "While the coupling runs, the former values count as a change "
                        "in Odoo and go to the tool with the next transmission."
                    )
                )
            if wizard.back_count > AT_ONCE:
                lines.append(
                    self.env._(
                        "%s are brought back at once. Undo the run again for the rest.",
                        formatLang(self.env, AT_ONCE, digits=0),
                    )
                )
            wizard.advice = "\n".join(lines)

    def action_undo(self):
        """Bring it back; the log names everybody."""
        self.ensure_one()
        coupling = self.coupling_id
        self.env["newsletter.undo"]._undo(self.run_id)
        if self.pause and coupling.state == "active":
            coupling.action_pause()
        return self.run_id.action_open_events()
