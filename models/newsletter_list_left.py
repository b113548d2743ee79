"""Who left which of some mailing lists, and that merging lists does not forget it."""

from odoo import models
from odoo.tools import SQL


class MailingList(models.Model):
    _inherit = "mailing.list"

    def _newsletter_left_out(self, senders, mailed=None):
        """SQL of rows (email): who left these lists, here or in a tool, or objected.

        As in core, who is still on another of the lists is not one of them.

        :param senders: companies towards whom an objection to a list counts
        :param mailed: of these addresses only; None: of all people of the lists
        """
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
            refusing=self._newsletter_refusing(senders, mailed),
            among=SQL("TRUE")
            if mailed is None
            else SQL("email = ANY(%s)", list(mailed)),
        )

    def _newsletter_refusing(self, senders, mailed=None):
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
            if owners & senders:
                owners = owners.browse()
            rows.append(
                tombstones._refusals_of_list(people, place, senders | owners, owners)
            )
        return SQL(" UNION ").join(rows)

    def action_merge(self, src_lists, archive):
        """Whom mailings of the merged lists left out does not come in by the merge.

        Core takes over everybody who is not opted out, by SQL; these are on the list
        then as people who left it.
        """
        self.ensure_one()
        self.env.flush_all()
        self.env.cr.execute(
            "SELECT array_agg(id) FROM mailing_subscription WHERE list_id = %s",
            [self.id],
        )
        (before,) = self.env.cr.fetchone()
        result = super().action_merge(src_lists, archive)
        self._newsletter_keep_left(src_lists - self, before or [])
        return result

    def _newsletter_keep_left(self, merged, before):
        """Opt out whom the merge has put on this list although they had left.

        :param merged: the other lists
        :param before: ids of the subscriptions that were here already
        """
        # sudo: what people said counts, whoever merges
        rows = self.env["mailing.subscription"].sudo()
        new = rows.search([("list_id", "=", self.id), ("id", "not in", before)])
        emails = {email for email in new.contact_id.mapped("email_normalized") if email}
        if not merged or not emails:
            return
        self.env.flush_all()
        companies = self.env["res.company"].sudo()
        everybody = companies.search([("active", "in", [True, False])])
        left = self.env.execute_query(merged._newsletter_left_out(everybody, emails))
        left = {email for (email,) in left}
        new.filtered(lambda row: row.contact_id.email_normalized in left).with_context(
            newsletter_leaving=True
        ).write({"opt_out": True})
