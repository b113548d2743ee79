"""The question before people are deleted who are on a list of a newsletter tool."""

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..models.newsletter_deletion import ANSWER, CHOICES


class NewsletterDeletion(models.TransientModel):
    """What happens there to those who are deleted here; they never come back."""

    _name = "newsletter.deletion"
    _description = "Delete People Who Are in a Newsletter Tool"

    res_model = fields.Char(required=True, readonly=True)
    res_ids = fields.Json(required=True, readonly=True)
    people = fields.Text(compute="_compute_people")
    people_count = fields.Integer(compute="_compute_people")
    warning = fields.Text(compute="_compute_warning")
    choice = fields.Selection(
        CHOICES,
        string="In the newsletter tool",
        required=True,
        default=lambda self: self.env.company.newsletter_deletion,
    )

    @api.model
    def _ask(self, records):
        """The dialog about records of contacts, leads, mailing contacts or members."""
        # nothing is stored: the transaction that asks is rolled back
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Delete and tell the newsletter tool"),
            "res_model": self._name,
            "views": [[False, "form"]],
            "view_mode": "form",
            "target": "new",
            "context": {
                "default_res_model": records._name,
                "default_res_ids": records.ids,
            },
        }

    def _records(self):
        return self.env[self.res_model].browse(self.res_ids).exists()

    def _members(self):
        records = self._records()
        if self.res_model == "newsletter.member":
            return records.sudo()  # sudo: see _of_records
        return self.env["newsletter.member"]._of_records(records)

    @api.depends("res_ids")
    def _compute_people(self):
        for wizard in self:
            members = wizard._members()
            shown = [
                f"{member.email}: {member.coupling_id.display_name}"
                for member in members[:20]
            ]
            if len(members) > 20:
                shown.append(self.env._("… and %s more", len(members) - 20))
            wizard.people = "\n".join(shown)
            wizard.people_count = len(set(members.mapped("email")))

    @api.depends("choice", "res_ids")
    def _compute_warning(self):
        for wizard in self:
            connections = wizard._members().connection_id
            wizard.warning = "\n".join(connections._deletion_warnings(wizard.choice))

    def action_delete(self):
        """Delete the records, or take the members off, as the user chose."""
        self.ensure_one()
        records = self._records()
        if not records:
            raise UserError(self.env._("These records are gone already."))
        if self.res_model == "newsletter.member":
            records.check_access("write")
            records._take_off(self.choice, "removed")
        else:
            records.with_context(**{ANSWER: self.choice}).unlink()
        return {"type": "ir.actions.client", "tag": "soft_reload"}
