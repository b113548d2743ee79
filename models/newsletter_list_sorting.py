"""Take many people off a mailing list because of what they are, not of what they said.

Nobody has left by that, so nothing is noted as a leaving and no consent is withdrawn.
Whoever did leave keeps the row that says so.
"""

from odoo import api, fields, models
from odoo.tools import SQL

from ..connectors.capabilities import Level
from ..sync.reconcile_status import PRESENT

#: statuses of somebody whom the tool has on its list
_THERE = [status.value for status in PRESENT]
#: how people are sorted out, and what it means
WAYS = [
    ("remove", "Take them off the list, here and in the newsletter tool"),
    ("unsubscribe", "Unsubscribe them; they stay on the list as unsubscribed"),
]


class NewsletterTombstone(models.Model):
    _inherit = "newsletter.tombstone"

    reason = fields.Selection(
        selection_add=[("sorted_out", "Sorted out by a filter or another list")],
        ondelete={"sorted_out": "cascade"},
    )

    @api.model
    def _sort_in(self, couplings, emails):
        """Forget that people were sorted out; what a person took off stays off.

        :param emails: SQL of normalised addresses
        """
        # sudo: nobody may write them by hand
        domain = [("coupling_id", "in", couplings.ids), ("reason", "=", "sorted_out")]
        if not couplings or not self.sudo().search_count(domain, limit=1):
            return
        self.env.cr.execute(
            SQL(
                """
                DELETE FROM newsletter_tombstone
                 WHERE coupling_id = ANY(%s) AND reason = 'sorted_out'
                   AND digest IN (SELECT %s FROM (%s) back)
                """,
                couplings.ids,
                self._digest_sql(SQL("back.email")),
                emails,
            )
        )
        self.invalidate_model()


class MailingSubscription(models.Model):
    _inherit = "mailing.subscription"

    @api.model_create_multi
    def create(self, vals_list):
        """Who is put on the list again by hand is not sorted out any more."""
        rows = super().create(vals_list)
        # sudo: whoever edits lists may know nothing of couplings
        couplings = rows.sudo().list_id.newsletter_coupling_ids
        if couplings:
            listed = rows.filtered(lambda row: not row.opt_out)
            self.env["newsletter.tombstone"]._sort_in(
                couplings,
                SQL(
                    "SELECT unnest(%s::text[]) AS email",
                    listed.sudo().contact_id.mapped("email_normalized"),
                ),
            )
        return rows


class NewsletterListPeople(models.AbstractModel):
    _inherit = "newsletter.list.people"

    @api.model
    def _way_out(self, mailing_list, way):
        """What really happens: where unsubscribing would reach all lists of an
        account, people are taken off this one instead."""
        # sudo: couplings of all companies are concerned
        connections = mailing_list.sudo().newsletter_coupling_ids.connection_id
        wide = any(each._leaving_reaches_account() for each in connections)
        return "remove" if wide else way

    @api.model
    def _sort_out(self, mailing_list, way, going):
        """Take people off the list, and let the tools know by tasks of their members.

        :param way: a key of ``WAYS``
        :param going: SQL of the ids of mailing contacts
        :return: (how many, when); the time is that of an unsubscription
        """
        self.env.flush_all()
        # by the same clock as the lines of what the tools are told after that
        self.env.cr.execute("SELECT date_trunc('second', now() AT TIME ZONE 'UTC')")
        now = self.env.cr.fetchone()[0]
        self.env.cr.execute(
            SQL(
                """
                SELECT id FROM mailing_subscription
                 WHERE list_id = %s AND contact_id IN (%s)
                   AND NOT COALESCE(opt_out, FALSE)
                 ORDER BY id
                """,
                mailing_list.id,
                going,
            )
        )
        ids = [row_id for (row_id,) in self.env.cr.fetchall()]
        # sudo: whoever may sort may know nothing of the list's own rights; the context
        # key says that this is no leaving
        rows = self.env["mailing.subscription"].sudo().browse(ids)
        rows = rows.with_context(newsletter_leaving=True, tracking_disable=True)
        if not rows:
            return 0, now
        if self._way_out(mailing_list, way) == "unsubscribe":
            rows.write({"opt_out": True, "opt_out_datetime": now})
        else:
            for coupling in mailing_list.sudo().newsletter_coupling_ids:
                self._release(coupling, rows)
            rows.unlink()
        self.env.flush_all()
        return len(ids), now

    def _release(self, coupling, rows):
        """The members of people who are taken off: the tool is told, or needs not.

        Who is in the tool, or is just being sent there, must not come back by the next
        fetch; the task of taking them off outlives the answer to what was sent.
        """
        members = self.env["newsletter.member"].browse(self._members_of(coupling, rows))
        there = members.filtered(lambda each: each.remote_status in _THERE)
        never = members.filtered(lambda each: not each.remote_status)
        self.env["newsletter.tombstone"]._remember(
            (there | never).mapped("email"),
            coupling.company_id,
            "sorted_out",
            coupling,
        )
        sent = never.filtered("in_flight_run_id")
        there, never = there | sent, never - sent
        choice = self._choice(coupling)
        for group in there.grouped("remote_status").values():
            if choice:
                group.write(group[0]._told_to(choice))
            else:
                group.write({"active": False, "task": False})
        never.write({"active": False, "task": False})

    @staticmethod
    def _members_of(coupling, rows):
        """Ids of the members of subscriptions, by the link or the address."""
        rows.env.cr.execute(
            SQL(
                """
                SELECT member.id
                  FROM mailing_subscription listed
                  JOIN mailing_contact contact ON contact.id = listed.contact_id
                  JOIN newsletter_member member
                    ON member.coupling_id = %s AND member.active
                   AND (member.contact_id = contact.id
                        OR member.email = contact.email_normalized)
                 WHERE listed.id = ANY(%s)
                """,
                coupling.id,
                rows.ids,
            )
        )
        return list({member_id for (member_id,) in rows.env.cr.fetchall()})

    @staticmethod
    def _choice(coupling):
        """The task by which this tool lets somebody go from one list; "": by none.

        Never one that reaches further than the list.
        """
        can = coupling.connection_id._connector_class().capabilities
        if can.remove_from_list and coupling.direction != "to_odoo":
            return "delete"
        return "unsubscribe" if can.unsubscribe is Level.LIST else ""
