"""Whom a decision is about: those who were shown, with what differed then."""

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL


class NewsletterConflictPerson(models.TransientModel):
    """One member of the dialog. Rows and no domain: a fetch may find more meanwhile.

    Written and read set-wise, for "all conflicts of a list" may be many.
    """

    _name = "newsletter.conflict.person"
    _description = "Person to Be Decided About"

    wizard_id = fields.Many2one(
        "newsletter.conflict", required=True, ondelete="cascade"
    )
    # a plain number: the member may go
    member_id = fields.Integer(required=True)
    difference = fields.Char(help="Digest of the difference that was shown.")

    _of_wizard = models.Index("(wizard_id, member_id)")


class NewsletterConflict(models.TransientModel):
    _inherit = "newsletter.conflict"

    def _keep_people(self, domain):
        """Remember who is meant, and what differs as it is shown now."""
        self.ensure_one()
        self.env.flush_all()
        query = self.env["newsletter.member"]._search(domain)
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO newsletter_conflict_person (
                    wizard_id, member_id, difference,
                    create_uid, create_date, write_uid, write_date)
                SELECT %(wizard)s, member.id, COALESCE(member.difference_digest, ''),
                       %(user)s, %(now)s, %(user)s, %(now)s
                  FROM newsletter_member member WHERE member.id IN %(people)s
                """,
                wizard=self.id,
                people=query.subselect(),
                user=self.env.uid,
                now=fields.Datetime.now(),
            )
        )

    def _sql_people(self):
        """Rows (member_id, difference) of everybody the dialog is about."""
        # what is edited on the screen stands for the record that was opened
        return SQL(
            "SELECT member_id, difference FROM newsletter_conflict_person"
            " WHERE wizard_id = %s",
            self._origin.id,
        )

    def _sql_ids(self):
        return SQL("SELECT member_id FROM (%s) person", self._sql_people())

    def _shown(self, limit):
        """{id of the member: digest of the difference that was shown}, the first ones.

        :raises UserError: the dialog was open for so long that it was cleaned up
        """
        self.env.cr.execute(
            SQL("%s ORDER BY member_id LIMIT %s", self._sql_people(), limit)
        )
        shown = dict(self.env.cr.fetchall())
        if self.count and not shown:
            raise UserError(
                self.env._("This dialog was open for too long. Please open it again.")
            )
        return shown

    def _members(self, limit):
        """The first of the members that are still there."""
        return self.env["newsletter.member"].search(
            [("id", "in", list(self._shown(limit)))], order="id"
        )
