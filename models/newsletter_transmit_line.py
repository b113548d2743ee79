"""What a transmission keeps of one person: the approved change and who wanted it."""

from odoo import api, fields, models

from ..sync.values import same


class NewsletterRunLine(models.Model):
    _inherit = "newsletter.run.line"

    new_email = fields.Char(string="New Address", readonly=True)
    # of a person's decision: by, at, reason, difference, values
    decision = fields.Json(readonly=True)
    looks = fields.Integer(
        readonly=True, help="Looks at the tool that did not show what was sent."
    )
    changes = fields.Text(
        compute="_compute_changes",
        string="Change in the Tool",
        help="Each field as it is in the tool, and as it will be.",
    )

    def _compute_changes(self):
        for line in self:
            line.changes = "\n".join(
                f"{label}: {old or '–'} → {new or '–'}"
                for label, old, new in line._differences()
            )

    @api.model
    def _number_labels(self, planned):
        """A dry run tells what will be, task by task."""
        labels = super()._number_labels(planned)
        if planned:
            told = {
                "transmit": self.env._("Will be subscribed"),
                "signup": self.env._("Sign-up will be started"),
                "unsubscribe": self.env._("Will be unsubscribed"),
                "delete": self.env._("Will be removed from the list"),
                "change_address": self.env._("Address will be changed"),
            }
            labels.update({(task, ""): text for task, text in told.items()})
        return labels

    def action_open_member(self):
        """Open the member, with both sides and what was decided."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "newsletter.member",
            "res_id": self.member_id.id,
            "view_mode": "form",
        }

    def _differences(self):
        """What the task changes at the tool: (label of the field, old, new)."""
        self.ensure_one()
        rows = []
        if self.new_email:
            label = self.env["newsletter.member"].fields_get(["email"], ["string"])
            rows.append((label["email"]["string"], self.email, self.new_email))
        mappings = (
            self.env["newsletter.field.mapping"]
            ._of_connection(self.run_id.connection_id, self.run_id.coupling_id)
            ._for_kind(self._kind())
        )
        old, new = self.old_values or {}, self.values or {}
        for mapping in mappings:
            key = str(mapping.id)
            if key not in new or not mapping.remote_name:
                continue
            if not same(new[key], old.get(key), mapping._remote_type().value):
                rows.append((mapping.label, _shown(old.get(key)), _shown(new[key])))
        return rows


def _shown(value):
    return "" if value is None or value is False else str(value)
