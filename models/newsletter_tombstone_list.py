"""What becomes of objections to a list when the list is copied or deleted."""

from odoo import api, models
from odoo.tools import SQL

from .newsletter_tombstone_will import WILL


class NewsletterTombstone(models.Model):
    _inherit = "newsletter.tombstone"

    @api.model
    def _copy_wills(self, original, copy):
        """Who objected to a list, or left it, has objected to its copy, too."""
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO newsletter_tombstone (
                       company_id, digest, list_key, reason, date,
                       create_uid, create_date, write_uid, write_date)
                SELECT DISTINCT ON (company_id, digest)
                       company_id, digest, %(copy)s, reason, date,
                       %(user)s, now() AT TIME ZONE 'UTC',
                       %(user)s, now() AT TIME ZONE 'UTC'
                  FROM (SELECT company_id, digest, reason, date
                          FROM newsletter_tombstone
                         WHERE reason = ANY(%(will)s)
                           AND (list_key = %(original)s OR coupling_id IN (
                                   SELECT id FROM newsletter_coupling
                                    WHERE mailing_list_id = %(original)s))
                         UNION ALL
                        SELECT company_id, %(digest)s, 'objected', date
                          FROM newsletter_leaving
                         WHERE mailing_list_id = %(original)s AND lifted_at IS NULL
                       ) said
                 ORDER BY company_id, digest, date DESC
                    ON CONFLICT DO NOTHING
                """,
                copy=copy.id,
                original=original.id,
                user=self.env.uid,
                will=list(WILL),
                digest=self._digest_sql(SQL("email")),
            )
        )
        self.invalidate_model()


class MailingList(models.Model):
    _inherit = "mailing.list"

    def copy(self, default=None):
        copies = super().copy(default)
        for original, copy in zip(self, copies, strict=True):
            self.env["newsletter.tombstone"]._copy_wills(original, copy)
            copy._newsletter_keep_left(original)
        return copies

    def unlink(self):
        """Objections to a list outlive it, and neither widen nor vanish unseen.

        They still hold for couplings of the list that stay. A list that is made anew is
        another one to them.
        """
        self._newsletter_tell_objections()
        return super().unlink()

    def _newsletter_tell_objections(self):
        # sudo: whoever deletes a list may see nothing of who objected
        tombstones = self.env["newsletter.tombstone"].sudo()
        counted = tombstones._read_group(
            [("list_key", "in", self.ids), ("reason", "in", WILL)],
            ["company_id", "list_key"],
            ["__count"],
        )
        names = {place.id: place.name for place in self}
        self.env["newsletter.event"]._log_many(
            {
                "code": "objections_without_list",
                "level": "warning",
                "company_id": company.id,
                "text": self.env._(
                    "The mailing list “%(list)s” was deleted, to which people had "
                    "objected: %(count)s. That is still remembered, and holds for "
                    "couplings that the list had, but for no other list: whoever makes "
                    "such a list anew needs a consent of each person.",
                    list=names[list_key],
                    count=number,
                ),
            }
            for company, list_key, number in counted
        )
