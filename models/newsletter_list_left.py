"""Who left which of some mailing lists; merging or copying lists does not forget it."""

from odoo import models
from odoo.tools import SQL

#: more addresses are not named to the database: it looks at all that there are
MANY = 10_000


class MailingList(models.Model):
    _inherit = "mailing.list"

    def _newsletter_left_out(self, senders, mailed=None, towards=None):
        """SQL of rows (email): who left these lists, here or in a tool, or objected.

        As in core, who is still on another of the lists is not one of them.

        :param senders: the companies that mail; of all marketing by them they are asked
            elsewhere
        :param mailed: of these addresses only; None, or more than ``MANY``: of all
        :param towards: companies towards whom an objection to a list counts; None:
            the senders. If they are named nobody is asked elsewhere.
        """
        if mailed is not None and len(mailed) > MANY:
            mailed = None
        # sudo: whoever mails may know nothing of couplings
        companies = self.sudo().newsletter_coupling_ids.company_id
        members = self.env["newsletter.member"]
        return SQL(
            """
            (WITH gone (list_id, email) AS MATERIALIZED (
                 SELECT mailing_list_id, email FROM newsletter_leaving
                  WHERE mailing_list_id = ANY(%(lists)s) AND lifted_at IS NULL
                    AND %(among)s
                  UNION
                 %(there)s
                  UNION
                 %(refusing)s)
            SELECT gone.email FROM gone
             WHERE NOT EXISTS (
                       SELECT FROM mailing_subscription subscribed
                         JOIN mailing_contact contact
                           ON contact.id = subscribed.contact_id
                         LEFT JOIN gone other
                           ON other.email = contact.email_normalized
                          AND other.list_id = subscribed.list_id
                        WHERE contact.email_normalized = gone.email
                          AND subscribed.list_id = ANY(%(lists)s)
                          AND NOT COALESCE(subscribed.opt_out, FALSE)
                          AND other.email IS NULL))
            """,
            lists=self.ids,
            there=members._left_there_rows(self, companies | senders, mailed),
            refusing=self._newsletter_refusing(senders, mailed, towards),
            among=SQL("TRUE")
            if mailed is None
            else SQL("email = ANY(%s)", list(mailed)),
        )

    def _newsletter_refusing(self, senders, mailed, towards):
        """SQL of rows (list, email): who wants no mailing by one of the lists.

        A list that only other companies have coupled is theirs, whoever sends.
        """
        tombstones = self.env["newsletter.tombstone"]
        if mailed is None:
            people = SQL(
                "SELECT DISTINCT email_normalized AS email FROM mailing_contact"
                " WHERE email_normalized IS NOT NULL"
            )
        else:
            people = SQL("SELECT unnest(%s::text[]) AS email", list(mailed))
        rows = []
        # sudo: see _newsletter_left_out
        for place in self.sudo():
            owners = place.newsletter_coupling_ids.company_id
            if towards is None and owners & senders:
                owners = owners.browse()
            companies = (towards or senders) | owners
            rows.append(tombstones._refusals_of_list(people, place, companies, owners))
        return SQL(" UNION ").join(rows)

    def action_merge(self, src_lists, archive):
        """Whom mailings of the merged lists left out does not come in by the merge.

        Core takes over everybody who is not opted out, by SQL; these are on the list
        then as people who left it.
        """
        self.ensure_one()
        self.env.flush_all()
        self.env.cr.execute(
            "SELECT COALESCE(max(id), 0) FROM mailing_subscription WHERE list_id = %s",
            [self.id],
        )
        (last,) = self.env.cr.fetchone()
        result = super().action_merge(src_lists, archive)
        self._newsletter_keep_left(src_lists - self, last)
        return result

    def _newsletter_keep_left(self, sources, last=0):
        """Opt out whom a merge or a copy has put on this list although they had left
        the list that they come from, or this one by another contact of the address.

        Who was on this list rightly stays on it, by the row that was there.

        :param sources: the lists that they come from
        :param last: id of the last subscription that was here before
        """
        self.env.flush_all()
        emails = self._newsletter_new_emails(last)
        if not sources or not emails:
            return
        # sudo: what people said counts, whoever merges
        companies = self.env["res.company"].sudo()
        everybody = companies.search([("active", "in", [True, False])])
        own = (self | sources).sudo().newsletter_coupling_ids.company_id
        found = self.env.execute_query(
            SQL(
                """
                SELECT row.id, before.id IS NOT NULL AND NOT before.opt_out
                  FROM mailing_subscription row
                  JOIN mailing_contact contact ON contact.id = row.contact_id
                  LEFT JOIN LATERAL (
                           SELECT former.id, COALESCE(former.opt_out, FALSE) AS opt_out
                             FROM mailing_contact same
                             JOIN mailing_subscription former
                               ON former.contact_id = same.id
                            WHERE same.email_normalized = contact.email_normalized
                              AND former.list_id = row.list_id
                              AND former.id <= %(last)s
                            ORDER BY 2 LIMIT 1
                       ) before ON TRUE
                 WHERE row.list_id = %(list)s AND row.id > %(last)s
                   AND NOT COALESCE(row.opt_out, FALSE)
                   AND (before.opt_out OR contact.email_normalized IN (
                            SELECT email FROM %(left)s gone))
                """,
                list=self.id,
                last=last,
                left=sources._newsletter_left_out(
                    own | self.env.company, emails, everybody
                ),
            )
        )
        # sudo: see above
        rows = self.env["mailing.subscription"].sudo()
        rows = rows.with_context(newsletter_leaving=True)
        rows.browse([row for row, is_on in found if is_on]).unlink()
        left = rows.browse([row for row, is_on in found if not is_on])
        left.write({"opt_out": True})
        if left:
            self.env["newsletter.event"]._log(
                "left_out",
                record=self,
                level="info",
                text=self.env._(
                    "Whoever had left “%(sources)s” is on the list “%(list)s” as "
                    "opted out. People: %(count)s",
                    count=len(left),
                    list=self.name,
                    sources="”, “".join(sources.mapped("name")),
                ),
            )

    def _newsletter_new_emails(self, last):
        """Addresses of the subscriptions after one, one more than ``MANY`` at most."""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT DISTINCT contact.email_normalized
                  FROM mailing_subscription row
                  JOIN mailing_contact contact ON contact.id = row.contact_id
                 WHERE row.list_id = %s AND row.id > %s
                   AND contact.email_normalized IS NOT NULL
                 LIMIT %s
                """,
                self.id,
                last,
                MANY + 1,
            )
        )
        return [email for (email,) in rows]
