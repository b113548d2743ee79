"""What shall be done about a member: decisions of people, and what came of them."""

from odoo import models
from odoo.exceptions import UserError


class NewsletterMember(models.Model):
    _inherit = "newsletter.member"

    # --- step 2: decisions ---
    def action_take_odoo(self):
        """Odoo is right: the tool is told with the next transmission."""
        return self._decide({"kind": "answer", "choices": {"*": "odoo"}})

    def action_take_tool(self):
        """The tool is right: Odoo takes its values over at once (F25)."""
        return self._decide({"kind": "answer", "choices": {"*": "tool"}})

    def action_accept(self):
        """The difference is all right; it is no conflict again until it changes."""
        return self._decide({"kind": "answer", "choices": {"*": "accept"}})

    def action_mark_transmit(self):
        """Put people who are missing in the tool on the next transmission (G03).

        The dialog says for how many that is possible and whether they get a mail.
        """
        missing = self.filtered(lambda member: member.result == "not_in_tool")
        return self.env["newsletter.conflict"]._open(
            [["id", "in", missing.ids]], kind="answer", choice="odoo"
        )

    def action_undo_decision(self):
        """Take a decision back that was not transmitted yet."""
        return self._decide({"kind": "undo"})

    def action_end_snoozing(self):
        return self._decide({"kind": "snooze", "until": False})

    def _decide(self, answer):
        """Carry out one answer and tell how many, and for whom it was not possible."""
        if not self:
            raise UserError(self.env._("There is nobody to decide about."))
        results = self.env["newsletter.review"]._apply(self, answer)
        rows = self.env["newsletter.review"]._counted(results)
        if all(results.values()):
            raise UserError("\n".join(row["label"] for row in rows))
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "warning" if any(results.values()) else "success",
                "sticky": any(results.values()),
                "message": "\n".join(f"{row['count']}: {row['label']}" for row in rows),
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }
