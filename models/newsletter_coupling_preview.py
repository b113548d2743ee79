"""What coupling two lists would mean, for how many people. Reads, and changes nothing.

Odoo's side is counted in the database, however long the list is. The tool's list is
read only if it is short: that sends no address there, and tells who is on both.
"""

import time
from collections import Counter

from odoo import api, models
from odoo.tools import SQL, formatLang

from ..sync.reconcile_status import LEFT
from ..sync.vocabulary import Status

#: people of the tool that are read at most before somebody decides, and seconds
READ_PEOPLE = 2000
READ_SECONDS = 8


class NewsletterCouplingPreview(models.AbstractModel):
    _name = "newsletter.coupling.preview"
    _description = "Preview of a Coupling"

    @api.model
    def _rows(self, remote_list, mailing_list, coupling):
        """Numbers of both sides with what follows for each.

        :param remote_list: a list of the tool, or an empty record for a new one
        :param mailing_list: a mailing list, or an empty record for a new one
        :param coupling: record with the fields direction, new_contacts, missing_in_tool
            and connection_id of the coupling that would be
        :return: list of dicts ``{key, label, count, number, follows}``, without those
            of nobody; ``number``: the count as it is shown, which may be "at least"
        :raises ConnectorError: the tool does not answer
        """
        total, people, read = self._tool_side(coupling.connection_id, remote_list)
        ours = self._odoo_side(mailing_list, coupling.connection_id.company_id, people)
        counts = dict(ours)
        texts = self._texts(coupling)
        numbers = {}
        if people is None:
            counts["in_tool"] = read if total is None else total
            if total is None:
                # more are there than could be read: the row stays, whatever it was
                numbers["in_tool"] = self.env._(
                    "at least %s", formatLang(self.env, read, digits=0)
                )
            texts |= self._texts_uncompared()
        else:
            counts |= self._met(mailing_list, coupling.connection_id.company_id, people)
        return [
            {
                "key": key,
                "label": label,
                "count": counts[key],
                "number": numbers.get(key)
                or formatLang(self.env, counts[key], digits=0),
                "follows": follows,
            }
            for key, (label, follows) in texts.items()
            if counts.get(key) or key in numbers
        ]

    # --- the tool ---------------------------------------------------------------
    @api.model
    def _tool_side(self, connection, remote_list):
        """(number that the tool tells or None, {address: status} or None if the list is
        too long, number of people read)."""
        if not remote_list:
            return 0, {}, 0
        connector = connection._connector()
        total = connector.count(remote_list.remote_id)
        if total is not None and total > READ_PEOPLE:
            return total, None, 0
        until = time.monotonic() + READ_SECONDS
        people = {}
        for page in connector.members(remote_list.remote_id):
            people |= {member.email: member.status for member in page.members}
            if page.cursor and (
                len(people) >= READ_PEOPLE or time.monotonic() >= until
            ):
                return total, None, len(people)
        return len(people), people, len(people)

    # --- Odoo -------------------------------------------------------------------
    @api.model
    def _odoo_side(self, mailing_list, company, people):
        """{kind: number} of the mailing list, without those who are in the tool."""
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT CASE
                           WHEN contact.email_normalized IS NULL THEN 'no_address'
                           WHEN subscribed.opt_out THEN 'left'
                           WHEN blocked.email IS NOT NULL
                                OR unwanted.email IS NOT NULL
                                OR consent.withdrawn THEN 'blocked'
                           WHEN consent.confirmed THEN 'may_join'
                           ELSE 'no_consent'
                       END AS kind,
                       count(*)
                  FROM mailing_subscription subscribed
                  JOIN mailing_contact contact ON contact.id = subscribed.contact_id
                  LEFT JOIN (
                      SELECT DISTINCT email FROM mail_blacklist WHERE active
                  ) blocked ON blocked.email = contact.email_normalized
                  LEFT JOIN (
                      SELECT DISTINCT email_normalized AS email FROM res_partner
                       WHERE no_marketing_email
                  ) unwanted ON unwanted.email = contact.email_normalized
                  LEFT JOIN (
                      SELECT DISTINCT ON (email) email,
                             state = 'confirmed' AS confirmed,
                             state = 'withdrawn' AS withdrawn
                        FROM newsletter_consent
                       WHERE company_id = %(company)s AND state <> 'none'
                         AND (mailing_list_id IS NULL OR mailing_list_id = %(list)s)
                       -- the consent for the list goes before the general one
                       ORDER BY email, mailing_list_id NULLS LAST
                  ) consent ON consent.email = contact.email_normalized
                 WHERE subscribed.list_id = %(list)s
                   AND COALESCE(contact.email_normalized, '') <> ALL(%(met)s)
                 GROUP BY 1
                """,
                company=company.id,
                list=mailing_list.id or None,
                met=list(people or ()),
            )
        )
        return dict(rows)

    @api.model
    def _met(self, mailing_list, company, people):
        """{kind: number} of those who are in the tool."""
        blocked = self._blocked(company, list(people))
        subscriptions = self.env["mailing.subscription"].search(
            [
                ("list_id", "=", mailing_list.id),
                ("contact_id.email_normalized", "in", list(people)),
            ]
        )
        opted_out = {}
        for subscription in subscriptions:
            email = subscription.contact_id.email_normalized
            opted_out[email] = opted_out.get(email, False) or subscription.opt_out
        known = set()
        for model in ("res.partner", "mailing.contact"):
            groups = self.env[model]._read_group(
                [("email_normalized", "in", list(people))], ["email_normalized"]
            )
            known.update(email for (email,) in groups)
        counts = Counter()
        for email, status in people.items():
            kind = self._kind(email, Status(status), opted_out, known)
            if email in blocked and kind not in ("left_there", "left_both"):
                kind = "blocked_there"
            counts[kind] += 1
        return counts

    @api.model
    def _blocked(self, company, emails):
        """Those of the addresses that must not be mailed, whatever list they are on."""
        found = set()
        for model, field, domain in (
            ("mail.blacklist", "email", []),
            ("res.partner", "email_normalized", [("no_marketing_email", "=", True)]),
            (
                "newsletter.consent",
                "email",
                [
                    ("state", "=", "withdrawn"),
                    ("company_id", "=", company.id),
                    ("mailing_list_id", "=", False),
                ],
            ),
        ):
            groups = self.env[model]._read_group(
                [(field, "in", emails), *domain], [field]
            )
            found.update(email for (email,) in groups)
        return found

    @staticmethod
    def _kind(email, status, opted_out, known):
        if status in LEFT:
            on_list = email in opted_out and not opted_out[email]
            return "left_there" if on_list else "left_both"
        if email in opted_out:
            return "left_here" if opted_out[email] else "both"
        return "known" if email in known else "unknown"

    # --- words ------------------------------------------------------------------
    @api.model
    def _texts(self, coupling):
        """{kind: (who, what follows)} in the order of reading."""
        to_odoo = coupling.direction in ("both", "to_odoo")
        to_tool = coupling.direction in ("both", "to_tool")
        nothing = self.env._("nothing; this direction writes nothing there")
        strangers = {
            "mailing_contact": self.env._("a mailing contact is created for each"),
            "contact": self.env._("a contact is created for each"),
            "ask": self.env._("you are asked about each"),
        }[coupling.new_contacts]
        if coupling.missing_in_tool == "transmit":
            joins = self.env._("wait for the transmission that you approve")
        else:
            joins = self.env._("you are asked whether to transmit them")
        return {
            "in_tool": (
                self.env._("In the tool"),
                self.env._("are compared with Odoo by the first fetch"),
            ),
            "both": (
                self.env._("On both lists"),
                self.env._("stay on both; differing values are compared"),
            ),
            "known": (
                self.env._("Only in the tool, known in Odoo"),
                self.env._("are put on the mailing list") if to_odoo else nothing,
            ),
            "unknown": (
                self.env._("Only in the tool, unknown in Odoo"),
                strangers if to_odoo else nothing,
            ),
            "left_there": (
                self.env._("Left in the tool, on the mailing list in Odoo"),
                self.env._("leave the mailing list, too"),
            ),
            "left_here": (
                self.env._("Left in Odoo, subscribed in the tool"),
                self.env._("the tool is told, unless they agreed anew"),
            ),
            "blocked_there": (
                self.env._("In the tool, but blocked or withdrawn in Odoo"),
                self.env._("are unsubscribed in the tool"),
            ),
            "may_join": (
                self.env._("Only in Odoo, with confirmed consent"),
                joins if to_tool else nothing,
            ),
            "no_consent": (
                self.env._("Only in Odoo, without confirmed consent"),
                self.env._("stay out of the tool"),
            ),
            "blocked": (
                self.env._("Only in Odoo, blocked or consent withdrawn"),
                self.env._("never reach the tool"),
            ),
            "left": (
                self.env._("Left in Odoo, not in the tool"),
                self.env._("stay out of the tool"),
            ),
            "no_address": (
                self.env._("Without a valid address"),
                self.env._("stay out of the tool"),
            ),
            "left_both": (
                self.env._("Left in the tool, not on the mailing list"),
                self.env._("are remembered, so that nobody brings them back"),
            ),
        }

    @api.model
    def _texts_uncompared(self):
        """What the texts of Odoo's side are while nobody knows who is in the tool."""
        later = self.env._("are compared with the tool by the first fetch")
        return {
            "may_join": (
                self.env._("On the mailing list, with confirmed consent"),
                later,
            ),
            "no_consent": (
                self.env._("On the mailing list, without confirmed consent"),
                later,
            ),
            "blocked": (
                self.env._("On the mailing list, blocked or consent withdrawn"),
                later,
            ),
            "left": (self.env._("Left in Odoo"), later),
        }
