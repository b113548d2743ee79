"""The records of a filter whose address has changed: same person, other mailbox."""

from odoo import models
from odoo.tools import SQL

from .newsletter_list_people import SHOWN


class NewsletterDynamicList(models.Model):
    _inherit = "newsletter.dynamic.list"

    def _find_moving(self):
        """Tell whom the list follows to a new address, and who has left with it, too.

        The list follows by giving the mailing contact the new address, if the filter
        had brought it, nothing stands against the address, and nobody has it. It
        follows without a change where the mailing contact has the address already, and
        where a person had taken somebody off, who so stays off. Whoever has left has
        left with the new address as well, unless that is on the list by itself or gave
        a later consent. All others go with the former address, and come with the new
        one if they may.
        """
        self._find_leavings_along()
        self.env.cr.execute(
            """
            UPDATE newsletter_going going SET leaves = TRUE
              FROM newsletter_left_along gone WHERE gone.new_email = going.new_email
            """
        )
        self.env.cr.execute(
            SQL(
                """
                UPDATE newsletter_going going SET moves = TRUE
                  FROM newsletter_joining said
                 WHERE said.email = going.new_email AND NOT going.leaves
                   AND NOT EXISTS (SELECT FROM newsletter_dynamic_match taken
                                    WHERE taken.dynamic_id = %s
                                      AND taken.email = said.email)
                   AND CASE
                       WHEN going.absent THEN said.what NOT IN ('known', 'opted_out')
                       WHEN going.contact_email = going.new_email THEN TRUE
                       ELSE going.brought AND going.listed
                            AND going.contact_email = going.email
                            AND said.what = 'new' AND said.stranger END
                """,
                self.id,
            )
        )
        self.env.cr.execute(
            """
            UPDATE newsletter_joining said SET what = 'opted_out'
              FROM newsletter_left_along gone
             WHERE gone.new_email = said.email AND said.what IN ('new', 'returns')
            """
        )
        self.env.cr.execute(
            """
            UPDATE newsletter_joining said
               SET what = CASE WHEN going.moves THEN 'moves' ELSE 'opted_out' END
              FROM newsletter_going going
             WHERE going.new_email = said.email
               AND (going.moves
                    OR going.leaves AND said.what IN ('new', 'returns'))
            """
        )

    def _find_leavings_along(self):
        """Whose record had left with another address, whether or not that one matches
        still (by another record), or matched until now.

        What the filter unsubscribed itself is no leaving. A record whose newest address
        is on the list has come back since.
        """
        self.env.cr.execute("DROP TABLE IF EXISTS newsletter_left_along")
        self.env.cr.execute(
            SQL(
                """
                CREATE TEMPORARY TABLE newsletter_left_along ON COMMIT DROP AS
                SELECT DISTINCT ON (said.email) said.email AS new_email, known.email,
                       listed.opt_out_datetime AS left_at
                  FROM newsletter_dynamic_match known
                  JOIN newsletter_matching moved
                    ON moved.res_id = known.res_id AND moved.email <> known.email
                  JOIN newsletter_joining said
                    ON said.email = moved.email
                   AND said.what NOT IN ('known', 'opted_out')
                  JOIN mailing_contact contact
                    ON contact.id = known.contact_id
                   AND contact.email_normalized IS DISTINCT FROM moved.email
                  JOIN mailing_subscription listed
                    ON listed.contact_id = contact.id AND listed.list_id = %(list)s
                   AND listed.opt_out
                   AND (known.gone_at IS NULL
                        OR listed.opt_out_datetime IS DISTINCT FROM known.gone_at)
                 WHERE known.dynamic_id = %(id)s
                   AND NOT EXISTS (
                       SELECT FROM newsletter_dynamic_match newer
                         JOIN mailing_subscription subscribed
                           ON subscribed.contact_id = newer.contact_id
                          AND subscribed.list_id = %(list)s
                          AND NOT COALESCE(subscribed.opt_out, FALSE)
                        WHERE newer.dynamic_id = known.dynamic_id
                          AND newer.res_id = known.res_id AND newer.state = 'on')
                   AND NOT EXISTS (
                       SELECT FROM newsletter_consent consent
                        WHERE consent.company_id = %(company)s
                          AND consent.email = said.email AND consent.medium = 'email'
                          AND COALESCE(consent.mailing_list_id, %(list)s) = %(list)s
                          AND consent.state = 'confirmed'
                          AND consent.state_at > listed.opt_out_datetime)
                 ORDER BY said.email, left_at DESC, known.id
                """,
                id=self.id,
                company=self.company_id.id,
                list=self.mailing_list_id.id,
            )
        )

    def _count_moving(self):
        """How many mailing contacts would get another address."""
        self.env.cr.execute(
            """
            SELECT count(*) FROM newsletter_going
             WHERE moves AND listed AND contact_email <> new_email
            """
        )
        return self.env.cr.fetchone()[0]

    def _moving_names(self, limit=SHOWN):
        """[“former address → new address”] of those, for the preview."""
        self.env.cr.execute(
            """
            SELECT email || ' → ' || new_email FROM newsletter_going
             WHERE moves AND listed AND contact_email <> new_email
             ORDER BY email LIMIT %s
            """,
            [limit],
        )
        return [text for (text,) in self.env.cr.fetchall()]

    def _move(self):
        """Carry changed addresses, and leavings, on; :return: how many contacts."""
        self._take_leavings_along()
        self.env.cr.execute(
            """
            SELECT contact_id, new_email FROM newsletter_going
             WHERE moves AND listed AND contact_email <> new_email ORDER BY match_id
            """
        )
        rows = self.env.cr.fetchall()
        for contact_id, email in rows:
            self.env["mailing.contact"].browse(contact_id).email = email
        self.env.flush_all()
        self.env.cr.execute(
            """
            UPDATE newsletter_dynamic_match known SET email = going.new_email
              FROM newsletter_going going
             WHERE known.id = going.match_id AND going.moves
            """
        )
        self.env["newsletter.dynamic.match"].invalidate_model(["email"])
        return len(rows)

    def _take_leavings_along(self):
        """Whoever left the list is not put on it by a new address of the record."""
        self.env.cr.execute(
            "SELECT new_email, email, left_at FROM newsletter_left_along"
        )
        told = {
            email: {
                "at": left_at,
                "note": self.env._("Had left with the former address %s.", former),
            }
            for email, former, left_at in self.env.cr.fetchall()
        }
        self.env["newsletter.leaving"]._take_in(
            told, self.company_id, "staff", "list", self.mailing_list_id
        )
        self.env.flush_all()
