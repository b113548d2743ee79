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
