"""What a leaving does in Odoo at once: blocklist, subscriptions, contacts, members."""

from odoo import api, fields, models

from ..connectors.capabilities import Level
from ..sync.reconcile_status import MAILED

#: the tool mails these, or goes on mailing as soon as it can
MAILED_STATUSES = [status.value for status in MAILED]


class NewsletterLeaving(models.Model):
    _inherit = "newsletter.leaving"

    @api.model
    def _take_effect(self, told, company, scope, lists):
        """Write what makes the leaving true in Odoo; called with ``sudo``."""
        contacts = self.env["mailing.contact"].search(
            [("email_normalized", "in", list(told))]
        )
        if scope == "list":
            self._create_readers(told, lists, contacts)
        else:
            self._block(told)
        self._opt_out(told, scope, lists)
        self._tell_members(told, company, scope, lists)

    @api.model
    def _block(self, told):
        """Odoo's own blocklist keeps the address out of every mailing (W8)."""
        entries = self.env["mail.blacklist"].with_context(active_test=False)
        known = {
            entry.email: entry
            for entry in entries.search([("email", "in", list(told))])
        }
        for entry in known.values():
            if not entry.active:
                entry.active = True
        entries.create([{"email": email} for email in told if email not in known])

    @api.model
    def _create_readers(self, told, lists, contacts):
        """Somebody whom only the tool has on a list gets an opted-out row in Odoo.

        Without it nothing here would say that they left.
        """
        members = self.env["newsletter.member"].search(
            [
                ("email", "in", list(told)),
                ("coupling_id.mailing_list_id", "in", lists.ids),
            ]
        )
        readers = {contact.email_normalized: contact for contact in contacts}
        missing = {member.email: member for member in members}
        created = self.env["mailing.contact"].create(
            [
                {"name": member.name or email, "email": email}
                for email, member in missing.items()
                if email not in readers
            ]
        )
        readers.update({contact.email_normalized: contact for contact in created})
        wanted = {
            (readers[member.email].id, member.coupling_id.mailing_list_id.id): member
            for member in members
            if member.email in readers
        }
        known = self.env["mailing.subscription"].search(
            [
                ("contact_id.email_normalized", "in", list(told)),
                ("list_id", "in", lists.ids),
            ]
        )
        held = {(row.contact_id.email_normalized, row.list_id.id) for row in known}
        self.env["mailing.subscription"].create(
            [
                {
                    "contact_id": contact_id,
                    "list_id": list_id,
                    "opt_out": True,
                    "opt_out_datetime": told[member.email].get("at")
                    or fields.Datetime.now(),
                }
                for (contact_id, list_id), member in wanted.items()
                if (member.email, list_id) not in held
            ]
        )

    @api.model
    def _opt_out(self, told, scope, lists):
        """Every subscription of the addresses, on the lists or on all."""
        domain = [
            ("contact_id.email_normalized", "in", list(told)),
            ("opt_out", "=", False),
        ]
        if scope == "list":
            domain.append(("list_id", "in", lists.ids))
        by_time = {}
        for row in self.env["mailing.subscription"].search(domain):
            at = told[row.contact_id.email_normalized].get("at")
            by_time.setdefault(at or fields.Datetime.now(), row.browse())
            by_time[at or fields.Datetime.now()] |= row
        for at, rows in by_time.items():
            # the date goes with it, else it would be the time of this transaction
            rows.write({"opt_out": True, "opt_out_datetime": at})

    @api.model
    def _tell_members(self, told, company, scope, lists):
        """Give the accounts' members their task at once, not after a comparison.

        The comparison, which the writes above have triggered, finds the same; so a
        task that gets lost in a race comes back.
        """
        domain = [("email", "in", list(told)), ("company_id", "=", company.id)]
        if scope == "list":
            domain.append(("coupling_id.mailing_list_id", "in", lists.ids))
        members = self.env["newsletter.member"].search(domain)
        mailed = members.filtered(lambda each: each.remote_status in MAILED_STATUSES)
        mailed.write(
            {
                "task": "unsubscribe",
                "task_at": fields.Datetime.now(),
                "task_by": False,
                "task_rule": "leaving",
                "task_difference": False,
                "task_values": False,
                "task_sends": False,
                "outdated": False,
                "parked": False,
                "tries": 0,
                "next_try_at": False,
            }
        )
        members.filtered(lambda each: each.local_status != "unsubscribed").write(
            {
                "local_status": "unsubscribed",
                "local_status_at": fields.Datetime.now(),
                "local_status_by": self.env.user.name,
            }
        )
        mailed.coupling_id._transmit_leavings()


class NewsletterCoupling(models.Model):
    _inherit = "newsletter.coupling"

    def _transmit_leavings(self):
        """Queue the transmission of leavings, whatever the coupling's own state is.

        A paused or ended coupling writes nothing any more but this: nobody who left is
        mailed, also by a list that is no longer kept equal.
        """
        # sudo: leaving asks for no right
        for coupling in self.sudo():
            if coupling.connection_id.state != "connected":
                continue
            waiting = (
                self.env["newsletter.run"]
                .sudo()
                .search_count(
                    [
                        ("coupling_id", "=", coupling.id),
                        ("kind", "=", "transmit"),
                        ("by_itself", "=", True),
                        ("state", "in", ("collecting", "queued")),
                        ("phase", "=", "plan"),
                        ("tries", "=", 0),
                    ],
                    limit=1,
                )
            )
            if waiting:
                continue
            self.env["newsletter.run"].sudo().create(
                {
                    "kind": "transmit",
                    "phase": "plan",
                    "state": "collecting",
                    "by_itself": True,
                    "coupling_id": coupling.id,
                    "connection_id": coupling.connection_id.id,
                    "remote_list_id": coupling.remote_list_id.id,
                    "selection_domain": [["task", "=", "unsubscribe"]],
                    "user_id": self.env.ref("base.user_root").id,
                }
            )
            self.env["newsletter.runner"]._wake()


class NewsletterConnection(models.Model):
    _inherit = "newsletter.connection"

    def _leaving_reaches_account(self):
        """Whether somebody who leaves in the tool leaves all lists of the account."""
        self.ensure_one()
        return self._connector_class().capabilities.unsubscribe is Level.ACCOUNT
