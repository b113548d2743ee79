"""Who left in a tool, and is remembered nowhere in Odoo but in its member.

Somebody whom Odoo did not know when they left (or had not on the list) has no row to
opt out of, and no leaving was noted. They have left all the same: nobody puts them on
the list, and Odoo's own mailings leave them out, too.
"""

from odoo import api, models
from odoo.tools import SQL


class NewsletterMember(models.Model):
    _inherit = "newsletter.member"

    _left_there = models.Index(
        "(coupling_id) WHERE remote_status IN ('unsubscribed', 'blocked')"
    )

    @api.model
    def _left_there_condition(self, email, mailing_list, since=None):
        """SQL over ``member``: the tool holds them as somebody who left by themselves.

        It is not so where we had unsubscribed them there and have not put them back
        since, nor where a confirmed consent is known to be later, nor where somebody
        lifted the leaving for a named reason.

        :param email: SQL of the normalised address that would be mailed
        :param mailing_list: SQL of the id of the list that they would be mailed by
        :param since: SQL of a time; what we told the tool before it does not count
        """
        return SQL(
            """
            member.remote_status IN ('unsubscribed', 'blocked')
            AND (member.active OR member.uncoupled)
            AND NOT EXISTS (
                SELECT FROM newsletter_consent consent
                 WHERE consent.company_id = member.company_id
                   AND consent.email = %(email)s AND consent.medium = 'email'
                   AND COALESCE(consent.mailing_list_id, %(list)s) = %(list)s
                   AND consent.state = 'confirmed'
                   -- nobody tells any more when they left who are not compared any more
                   AND consent.state_at > COALESCE(
                       member.remote_status_at,
                       CASE WHEN NOT member.active THEN member.synced_at END))
            AND NOT EXISTS (
                SELECT FROM newsletter_leaving lifted
                 WHERE lifted.company_id = member.company_id
                   AND lifted.email = %(email)s
                   AND (lifted.scope <> 'list' OR lifted.mailing_list_id = %(list)s)
                   AND (lifted.lifted_at > member.remote_status_at
                        OR member.remote_status_at IS NULL AND lifted.channel = 'tool'
                       AND lifted.lifted_at IS NOT NULL))
            AND NOT EXISTS (
                SELECT FROM newsletter_run_line line
                 WHERE line.member_id = member.id
                   AND line.result = 'unsubscribed' AND %(since)s
                   AND (member.remote_status_at IS NULL
                        OR member.remote_status_at >=
                           date_trunc('second', line.create_date))
                   AND NOT EXISTS (
                       SELECT FROM newsletter_run_line again
                        WHERE again.member_id = member.id AND again.id > line.id
                          AND again.plan IN ('new', 'unknown', 'transmit', 'signup')
                          AND again.result IN ('subscribed', 'updated', 'asked')))
            """,
            email=email,
            list=mailing_list,
            since=SQL("line.write_date >= %s", since) if since else SQL("TRUE"),
        )

    @api.model
    def _left_there_exists(self, email, contact, mailing_list, companies, since=None):
        """SQL: whether the tools of the list hold this person as somebody who left.

        The person is found by the address, by the mailing contact, and by a contact
        that has the address now and was known to the tool by another one.

        :param contact: SQL of the id of the mailing contact, which may be NULL
        :param mailing_list: the ``mailing.list``
        :param companies: those whose account-wide leavings count
        """
        return SQL(
            """
            EXISTS (
                SELECT FROM newsletter_member member
                 WHERE member.id IN (
                       SELECT id FROM newsletter_member WHERE email = %(email)s
                        UNION ALL
                       SELECT id FROM newsletter_member WHERE contact_id = %(contact)s
                        UNION ALL
                       SELECT moved.id FROM newsletter_member moved
                         JOIN res_partner partner ON partner.id = moved.partner_id
                        WHERE partner.email_normalized = %(email)s)
                   AND member.coupling_id = ANY(%(couplings)s)
                   AND %(left)s)
            """,
            email=email,
            contact=contact,
            couplings=self._couplings_left(mailing_list, companies).ids,
            left=self._left_there_condition(
                email, SQL("%s", mailing_list.id), since=since
            ),
        )

    @api.model
    def _left_there_rows(self, mailing_lists, companies, mailed=None):
        """SQL of rows (list, email): who left each of the lists in a tool, by every
        address that Odoo may mail them at.

        :param mailed: only these addresses; None: all
        """
        wide = self._couplings_wide(companies).ids
        among = SQL("TRUE")
        if mailed is not None:
            # by index: who has an address of a few, among millions
            among = SQL(
                """
                said.email = ANY(%(mailed)s) AND member.id IN (
                    SELECT id FROM newsletter_member WHERE email = ANY(%(mailed)s)
                     UNION ALL
                    SELECT one.id FROM newsletter_member one
                      JOIN mailing_contact had ON had.id = one.contact_id
                     WHERE had.email_normalized = ANY(%(mailed)s)
                     UNION ALL
                    SELECT one.id FROM newsletter_member one
                      JOIN res_partner had ON had.id = one.partner_id
                     WHERE had.email_normalized = ANY(%(mailed)s))
                """,
                mailed=list(mailed),
            )
        return SQL(
            """
            SELECT list.id, said.email
              FROM mailing_list list
              JOIN newsletter_coupling coupling
                ON coupling.mailing_list_id = list.id OR coupling.id = ANY(%(wide)s)
              JOIN newsletter_member member ON member.coupling_id = coupling.id
              LEFT JOIN mailing_contact contact ON contact.id = member.contact_id
              LEFT JOIN res_partner partner ON partner.id = member.partner_id
             CROSS JOIN LATERAL (VALUES (member.email), (contact.email_normalized),
                                        (partner.email_normalized)) said (email)
             WHERE list.id = ANY(%(lists)s) AND said.email IS NOT NULL
               AND %(among)s AND %(left)s
            """,
            wide=wide,
            among=among,
            lists=mailing_lists.ids,
            left=self._left_there_condition(SQL("said.email"), SQL("list.id")),
        )

    @api.model
    def _couplings_left(self, mailing_list, companies):
        """Couplings, also ended ones, by which somebody may have left this list."""
        # sudo: couplings of all companies keep people out
        couplings = self.env["newsletter.coupling"].sudo()
        own = couplings.with_context(active_test=False).search(
            [("mailing_list_id", "=", mailing_list.id)]
        )
        return own | self._couplings_wide(companies)

    @api.model
    def _couplings_wide(self, companies):
        """Couplings in accounts where whoever leaves one list leaves them all."""
        # sudo: see _couplings_left
        couplings = self.env["newsletter.coupling"].sudo()
        found = couplings.with_context(active_test=False).search(
            [("company_id", "in", companies.ids)]
        )
        wide = found.connection_id.filtered(
            lambda connection: connection._leaving_reaches_account()
        )
        return found.filtered(lambda coupling: coupling.connection_id in wide)
