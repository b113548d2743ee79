"""What people do with the event log: read, jump, tick, export."""

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools.translate import LazyTranslate

from .newsletter_reconcile_texts import TEXTS

_lt = LazyTranslate(__name__)

#: rules that decided, as ``sync`` and the review name them; reasons are in ``TEXTS``
RULES = {
    "by_hand": _lt("By hand"),
    "leaving": _lt("Leaving goes first"),
    "newer_proof": _lt("Newer consent"),
    "newest": _lt("The later date decides"),
    "consent": _lt("Consent decides"),
    "bounced": _lt("Returns come from the tool"),
    "blocked": _lt("Must not be mailed"),
    "both": _lt("Changed on one side only"),
    "to_tool": _lt("Odoo → newsletter tool"),
    "to_odoo": _lt("Newsletter tool → Odoo"),
    "ask": _lt("Ask"),
    "odoo": _lt("Odoo wins"),
    "tool": _lt("Newsletter tool wins"),
    "newer": _lt("Newer wins"),
}


class NewsletterEvent(models.Model):
    _inherit = "newsletter.event"

    rule_text = fields.Char(string="Decided by", compute="_compute_rule_text")
    # of a member the two values are those of both sides, else before and after
    is_change = fields.Boolean(compute="_compute_is_change")

    @api.depends("rule")
    @api.depends_context("lang")
    def _compute_rule_text(self):
        tasks = dict(
            self.env["newsletter.member"]
            ._fields["task"]
            ._description_selection(self.env)
        )
        for event in self:
            rule = event.rule or ""
            text = RULES.get(rule) or TEXTS.get(rule)
            event.rule_text = self.env._(text) if text else tasks.get(rule, rule)

    @api.depends("code")
    def _compute_is_change(self):
        for event in self:
            event.is_change = event.code in ("changed", "snoozed")

    def action_jump(self):
        """Open the record that the event is about, or say that it is gone."""
        self.ensure_one()
        if self.res_model not in self.env or not self.res_id:
            return False
        record = self.env[self.res_model].browse(self.res_id)
        if not record.exists():
            raise UserError(self.env._("The record of this event was deleted."))
        return {
            "type": "ir.actions.act_window",
            "res_model": self.res_model,
            "res_id": self.res_id,
            "view_mode": "form",
        }

    def action_reviewed(self):
        """Somebody has looked at these events."""
        self.reviewed = True

    def action_not_reviewed(self):
        """Take the tick back."""
        self.reviewed = False

    def export_data(self, fields_to_export):
        """The log names people: it is exported by the privacy group only."""
        if not self.env.su and not self.env.user.has_group(
            "newsletter_sync.group_privacy"
        ):
            raise AccessError(
                self.env._(
                    "The event log may be exported by members of the group "
                    "“Newsletter Privacy / Evidence” only, because it names people."
                )
            )
        return super().export_data(fields_to_export)
