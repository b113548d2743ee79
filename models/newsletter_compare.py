"""Find the people about whom both sides may differ: set-wise, in the database.

An unchanged member costs no Python and no write, however long the list is.
"""

from odoo import api, models
from odoo.tools import SQL


class NewsletterCompare(models.AbstractModel):
    _name = "newsletter.compare"
    _description = "Newsletter Comparison"

    @api.model
    def _find(self, run, whole):
        """Turn the stage of a run into candidates.

        :param whole: the stage holds the tool's whole list, so who is not in it is gone
        :return: the number of candidates
        """
        self.env.flush_all()
        found = self._execute(self._met(run))
        if whole:
            found += self._execute(self._gone(run))
            found += self._execute(self._unsent(run))
        return found + self._take_changes(run)

    def _execute(self, statement):
        self.env.cr.execute(statement)
        return self.env.cr.rowcount

    def _met(self, run):
        """People of the stage who differ from what is remembered of them.

        The times of the records have the last word over the outbox: a change that
        reached the database by no known way is found by the next complete fetch.
        """
        return SQL(
            """
            INSERT INTO newsletter_candidate (run_id, fetched_id, member_id)
            SELECT %(run)s, met.id, member.id
              FROM newsletter_fetched met
              JOIN newsletter_member member
                ON member.coupling_id = %(coupling)s AND member.active
               AND member.remote_id = met.remote_id
              LEFT JOIN mailing_contact contact ON contact.id = member.contact_id
              LEFT JOIN res_partner partner ON partner.id = member.partner_id
              LEFT JOIN mailing_subscription subscribed
                ON subscribed.contact_id = member.contact_id
               AND subscribed.list_id = %(list)s
             WHERE met.run_id = %(run)s
               AND (member.remote_digest IS DISTINCT FROM met.digest
                    OR member.remote_status IS DISTINCT FROM met.status
                    OR member.email IS DISTINCT FROM met.email
                    OR member.result IS DISTINCT FROM 'success'
                    OR member.synced_at IS NULL
                    OR GREATEST(
                           contact.write_date, partner.write_date, subscribed.write_date
                       ) > member.synced_at)
             UNION ALL
            SELECT %(run)s, met.id, namesake.id
              FROM newsletter_fetched met
              LEFT JOIN newsletter_member namesake
                ON namesake.coupling_id = %(coupling)s AND namesake.active
               AND namesake.email = met.email
             WHERE met.run_id = %(run)s
               AND NOT EXISTS (
                       SELECT FROM newsletter_member member
                        WHERE member.coupling_id = %(coupling)s AND member.active
                          AND member.remote_id = met.remote_id)
            """,
            run=run.id,
            coupling=run.coupling_id.id,
            list=run.coupling_id.mailing_list_id.id or None,
        )

    def _gone(self, run):
        """Members who are not in the tool's whole list."""
        return SQL(
            """
            INSERT INTO newsletter_candidate (run_id, member_id)
            SELECT %(run)s, member.id
              FROM newsletter_member member
             WHERE member.coupling_id = %(coupling)s AND member.active
               AND NOT EXISTS (
                       SELECT FROM newsletter_fetched met
                        WHERE met.run_id = %(run)s
                          AND met.remote_id = member.remote_id)
               AND NOT EXISTS (
                       SELECT FROM newsletter_fetched met
                        WHERE met.run_id = %(run)s AND met.email = member.email)
            """,
            run=run.id,
            coupling=run.coupling_id.id,
        )

    def _unsent(self, run):
        """People on the mailing list in Odoo who are no members yet."""
        return SQL(
            """
            INSERT INTO newsletter_candidate (run_id, contact_id)
            SELECT %(run)s, subscribed.contact_id
              FROM mailing_subscription subscribed
              JOIN mailing_contact contact ON contact.id = subscribed.contact_id
             WHERE subscribed.list_id = %(list)s
               AND NOT EXISTS (
                       SELECT FROM newsletter_member member
                        WHERE member.coupling_id = %(coupling)s AND member.active
                          AND (member.contact_id = contact.id
                               OR member.email = contact.email_normalized))
               AND NOT EXISTS (
                       SELECT FROM newsletter_fetched met
                        WHERE met.run_id = %(run)s
                          AND met.email = contact.email_normalized)
            """,
            run=run.id,
            coupling=run.coupling_id.id,
            list=run.coupling_id.mailing_list_id.id or None,
        )

    def _take_changes(self, run):
        """Move the outbox of the coupling to the candidates, each person once."""
        coupling = run.coupling_id.id
        self.env.cr.execute(
            SQL(
                """
                WITH taken AS (
                    DELETE FROM newsletter_change
                     WHERE coupling_id = %(coupling)s
                    RETURNING res_model, res_id
                )
                INSERT INTO newsletter_candidate (run_id, member_id, contact_id)
                SELECT DISTINCT %(run)s, member.id,
                       CASE WHEN member.id IS NULL THEN contact.id END
                  FROM taken
                  LEFT JOIN mailing_contact contact
                    ON taken.res_model = 'mailing.contact' AND contact.id = taken.res_id
                  LEFT JOIN newsletter_member member
                    ON member.coupling_id = %(coupling)s AND member.active
                   AND (taken.res_model = 'newsletter.member'
                        AND member.id = taken.res_id
                        OR taken.res_model = 'mailing.contact'
                        AND (member.contact_id = taken.res_id
                             OR member.email = contact.email_normalized))
                 WHERE (member.id IS NOT NULL OR contact.id IS NOT NULL)
                   AND NOT EXISTS (
                           SELECT FROM newsletter_candidate known
                            WHERE known.run_id = %(run)s
                              AND (known.member_id = member.id
                                   OR known.contact_id = contact.id))
                """,
                run=run.id,
                coupling=coupling,
            )
        )
        return self.env.cr.rowcount
