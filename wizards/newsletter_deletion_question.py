"""What is asked before something with a history is deleted: archive, or for good."""

from odoo import fields, models
from odoo.exceptions import UserError


class NewsletterDeletionQuestion(models.AbstractModel):
    """Archiving is what is proposed; deleting wants to be read and typed (N11)."""

    _name = "newsletter.deletion.question"
    _description = "Question Before a Deletion"

    way = fields.Selection(
        [
            ("archive", "Archive it: hidden, its history stays"),
            ("delete", "Delete it for good"),
        ],
        string="What to Do",
        default="archive",
        required=True,
    )
    typed_people = fields.Integer(string="Number of people in the list")
    accepted = fields.Boolean(string="I have read this and want it")

    #: external id of the action that shows what is left
    _back_to = ""

    def action_confirm(self):
        """Archive, or delete for good, and show what is left.

        :raises UserError: the final answer is missing, or it cannot be deleted now
        """
        self.ensure_one()
        records, count = self._asked_about()
        if self.way == "archive":
            records.action_archive()
        else:
            records.check_access("unlink")
            self._check_asked(count)
            if following := self._delete(records, count):
                return following
        action = self.env["ir.actions.act_window"]._for_xml_id(self._back_to)
        return {**action, "target": "main"}

    def _asked_about(self):
        """(records, number of people concerned)"""
        raise NotImplementedError

    def _delete(self, records, count):
        """Delete them and write down who did.

        :return: the action to go on with, None for the list of what is left
        """
        raise NotImplementedError

    def _check_asked(self, count):
        """The final answer: read, and the number of people concerned entered.

        :raises UserError: says what is missing
        """
        self.ensure_one()
        if not self.accepted or self.typed_people != count:
            raise UserError(
                self.env._(
                    "Please tick that you have read the warning, and enter the number "
                    "of people, %s.",
                    count,
                )
            )
