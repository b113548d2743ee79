"""What a refresh of a dynamic list would do: found set-wise, by the differences.

Whoever matches and is known to match costs no Python and no write, however many they
are. The statements work on temporary tables of the present transaction.
"""

from collections import namedtuple

from odoo import models
from odoo.tools import SQL

from ..sync.brake import Brake, Counts, brake
from .newsletter_list_filter import PEOPLE
from .newsletter_list_people import SHOWN, shown

#: of those who go: whom the filter had brought, and who is still on the list
CONCERNED = SQL(
    "WHERE going.brought AND going.listed AND NOT (going.moves OR going.follows)"
)
#: what a refresh would do: numbers by reason (see ``newsletter.list.people``), how many
#: match, how many go and what becomes of them, how many only have another address, how
#: many had been there
Plan = namedtuple("Plan", "numbers matching going way moving before")


class NewsletterDynamicList(models.Model):
    _inherit = "newsletter.dynamic.list"

    def _plan(self):
        """Look at what differs; nothing is changed. The temporary tables stay.

        :return: a ``Plan``
        :raises UserError, ValueError …: the filter does not work (``BAD_FILTER``)
        """
        self.ensure_one()
        self.env.flush_all()
        matching, without_address = self._find_matching()
        self._find_going()
        people = self.env["newsletter.list.people"]
        people._gather(self.mailing_list_id, self.company_id, self._coming())
        self._find_returning()
        self._find_moving()
        numbers = people._numbers()
        numbers["no_address"] = without_address
        self.env.cr.execute(
            SQL("SELECT count(*) FROM newsletter_going going %s", CONCERNED)
        )
        going = self.env.cr.fetchone()[0]
        before = self._count(
            "SELECT count(*) FROM newsletter_dynamic_match"
            " WHERE dynamic_id = %s AND state = 'on'"
        )
        way = self.way_out
        if way != "keep":
            way = people._way_out(self.mailing_list_id, way)
        return Plan(numbers, matching, going, way, self._count_moving(), before)

    def _count(self, statement):
        self.env.cr.execute(statement, [self.id])
        return self.env.cr.fetchone()[0]

    def _find_matching(self):
        """Each matching address once, with the record of the lowest id.

        :return: how many, and how many records have no address
        """
        matching = self._matching()
        self.env.cr.execute("DROP TABLE IF EXISTS newsletter_matching")
        self.env.cr.execute(
            SQL(
                """
                CREATE TEMPORARY TABLE newsletter_matching ON COMMIT DROP AS
                SELECT DISTINCT ON (email) email, res_id
                  FROM (%s) people
                 WHERE email IS NOT NULL
                 ORDER BY email, res_id
                """,
                matching,
            )
        )
        count = self.env.cr.rowcount
        self.env.cr.execute("ANALYZE newsletter_matching")
        self.env.cr.execute(
            SQL("SELECT count(*) FROM (%s) people WHERE email IS NULL", matching)
        )
        return count, self.env.cr.fetchone()[0]

    def _find_going(self):
        """Who matched and does not any more.

        ``new_email``: the record still matches and has another address now, see
        ``_find_moving``. ``listed``: on the list, and has not left it. ``follows``: the
        mailing contact has an address that matches, so nobody takes it off the list.
        """
        self.env.cr.execute("DROP TABLE IF EXISTS newsletter_going")
        self.env.cr.execute(
            SQL(
                """
                CREATE TEMPORARY TABLE newsletter_going ON COMMIT DROP AS
                SELECT known.id AS match_id, known.email, known.contact_id,
                       known.brought, moved.email AS new_email,
                       contact.email_normalized AS contact_email,
                       listed.id IS NULL AS absent,
                       listed.id IS NOT NULL AND NOT COALESCE(listed.opt_out, FALSE)
                           AS listed,
                       EXISTS (SELECT FROM newsletter_matching matching
                                WHERE matching.email = contact.email_normalized)
                           AS follows,
                       FALSE AS moves, FALSE AS leaves
                  FROM newsletter_dynamic_match known
                  LEFT JOIN newsletter_matching moved ON moved.res_id = known.res_id
                  LEFT JOIN mailing_contact contact ON contact.id = known.contact_id
                  LEFT JOIN mailing_subscription listed
                    ON listed.contact_id = known.contact_id AND listed.list_id = %s
                 WHERE known.dynamic_id = %s AND known.state = 'on'
                   AND NOT EXISTS (SELECT FROM newsletter_matching matching
                                    WHERE matching.email = known.email)
                """,
                self.mailing_list_id.id,
                self.id,
            )
        )

    def _coming(self):
        """SQL of the people who match and were not known to do so."""
        return SQL(
            """
            SELECT people.* FROM (%s) people
              JOIN newsletter_matching matching ON matching.res_id = people.res_id
              LEFT JOIN newsletter_dynamic_match known
                ON known.dynamic_id = %s AND known.email = matching.email
             WHERE known.id IS NULL OR known.state <> 'on'
            """,
            SQL(PEOPLE[self.res_model]),
            self.id,
        )

    def _find_returning(self):
        """Tell apart who left by themselves and who was unsubscribed by this filter.

        Only what the filter did itself it takes back: the opt-out must still be the
        one that it wrote, and nothing else may stand against the person, nor may a
        tool hold them as somebody who left without our having told it so since. Who
        was kept and then taken off by hand stays off.
        """
        people = self.env["newsletter.list.people"]
        companies = people._companies(self.mailing_list_id, self.company_id)
        there = self.env["newsletter.member"]._left_there_exists(
            SQL("said.email"),
            SQL("listed.contact_id"),
            self.mailing_list_id,
            companies,
            since=SQL("known.gone_at"),
        )
        self.env.cr.execute(
            SQL(
                """
                UPDATE newsletter_joining said SET what = 'returns'
                  FROM newsletter_dynamic_match known
                  JOIN mailing_subscription listed
                    ON listed.contact_id = known.contact_id
                   AND listed.list_id = %(list)s
                 WHERE known.dynamic_id = %(id)s AND known.email = said.email
                   AND known.state = 'unsubscribe' AND said.what = 'opted_out'
                   AND said.subscription_id = listed.id
                   AND listed.opt_out_datetime = known.gone_at
                   AND NOT EXISTS (SELECT FROM newsletter_leaving leaving
                                    WHERE leaving.email = said.email
                                      AND leaving.lifted_at IS NULL
                                      AND (leaving.company_id = ANY(%(companies)s)
                                           OR leaving.mailing_list_id = %(list)s))
                   AND NOT EXISTS (SELECT FROM newsletter_consent consent
                                    WHERE consent.company_id = ANY(%(companies)s)
                                      AND consent.email = said.email
                                      AND consent.state = 'withdrawn')
                   AND NOT EXISTS (SELECT FROM mail_blacklist
                                    WHERE active AND email = said.email)
                   AND NOT %(there)s
                """,
                list=self.mailing_list_id.id,
                id=self.id,
                companies=companies.ids,
                there=there,
            )
        )
        self.env.cr.execute(
            SQL(
                """
                UPDATE newsletter_joining said SET what = 'forgotten'
                  FROM newsletter_dynamic_match known
                 WHERE known.dynamic_id = %s AND known.email = said.email
                   AND known.state <> 'remove' AND said.what = 'new'
                """,
                self.id,
            )
        )

    def _brake(self, plan):
        """Why somebody has to look first; [] goes on."""
        if self.overruled:
            return []
        before = plan.before if self.state != "new" else 0
        removed, unsubscribed = (
            plan.going if plan.way == way else 0 for way in ("remove", "unsubscribe")
        )
        stops = brake(
            Counts(
                odoo_before=before,
                odoo_now=plan.matching,
                removed=removed,
                unsubscribed=unsubscribed,
                created=plan.numbers["new"] + plan.numbers["returns"],
                moved=plan.moving,
            ),
            self.brake_percent,
        )
        words = {
            Brake.ODOO_EMPTY: self.env._(
                "the filter matches nobody any more, %(count)s people did"
            ),
            Brake.REMOVED: self.env._(
                "%(count)s of %(total)s people would be taken off"
            ),
            Brake.UNSUBSCRIBED: self.env._(
                "%(count)s of %(total)s people would be unsubscribed"
            ),
            Brake.CREATED: self.env._(
                "%(count)s people would come, there are %(total)s"
            ),
            Brake.MOVED: self.env._(
                "%(count)s of %(total)s people would get another address"
            ),
        }
        return [
            words[stop.why] % {"count": stop.count, "total": stop.total}
            for stop in stops
        ]

    # --- what is told ----------------------------------------------------------------
    def _going_names(self, limit=SHOWN):
        """[“Name <address>”] of those who go."""
        self.env.cr.execute(
            SQL(
                """
                SELECT contact.name, going.email
                  FROM newsletter_going going
                  LEFT JOIN mailing_contact contact ON contact.id = going.contact_id
                  %s
                 ORDER BY going.email LIMIT %s
                """,
                CONCERNED,
                limit,
            )
        )
        return [shown(name, email) for name, email in self.env.cr.fetchall()]

    @staticmethod
    def _left_out(numbers):
        """{reason: number} of those who match and are not put on the list.

        Who has left the list, or was on it before, is known from now on, and no more
        among those who come.
        """
        counted = {"new", "returns", "known", "opted_out", "moves"}
        return {what: n for what, n in numbers.items() if n and what not in counted}
