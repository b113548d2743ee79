"""What a leaving does in Odoo at once: blocklist, subscriptions, contacts, members."""

from datetime import timedelta

from odoo import api, fields, models

from ..sync.reconcile_status import MAILED
from .newsletter_leaving import is_ours
from .newsletter_push import naive

#: the tool mails these, or goes on mailing as soon as it can
MAILED_STATUSES = [status.value for status in MAILED]
#: so long a transmission leaves somebody to the run that lets people leave one list
TRANSMISSION_WAITS = timedelta(hours=48)


class NewsletterLeaving(models.Model):
    _inherit = "newsletter.leaving"

    @api.model
    def _take_effect(self, told, company, scope, lists):
        """Write what makes the leaving true in Odoo; called with ``sudo``."""
        if scope == "list":
            self._create_readers(told, lists)
        else:
            self._block(told)
        self._opt_out(told, scope, lists)
        self._tell_members(told, company, scope, lists)

    @api.model
    def _block(self, told):
        """Odoo's own blocklist keeps the addresses out of every mailing (W8)."""
        entries = self.env["mail.blacklist"].with_context(active_test=False)
        known = entries.search([("email", "in", list(told))])
        known.filtered(lambda entry: not entry.active).write({"active": True})
        entries.create(
            [
                {"email": email}
                for email in sorted(set(told) - set(known.mapped("email")))
            ]
        )

    @api.model
    def _create_readers(self, told, lists):
        """Somebody whom only the tool has on a list gets an opted-out row in Odoo.

        Without it nothing here would say that they left.
        """
        members = self.env["newsletter.member"].search(
            [
                ("email", "in", list(told)),
                ("coupling_id.mailing_list_id", "in", lists.ids),
            ]
        )
        if not members:
            return
        contacts = self.env["mailing.contact"].search(
            [("email_normalized", "in", members.mapped("email"))], order="id desc"
        )
        readers = {contact.email_normalized: contact for contact in contacts}
        missing = {
            member.email: member.name or member.email
            for member in members
            if member.email not in readers
        }
        created = self.env["mailing.contact"].create(
            [{"name": name, "email": email} for email, name in missing.items()]
        )
        readers.update({contact.email_normalized: contact for contact in created})
        held = {
            (row.contact_id.email_normalized, row.list_id)
            for row in (contacts | created).subscription_ids
        }
        wanted = {
            (member.email, member.coupling_id.mailing_list_id) for member in members
        }
        self.env["mailing.subscription"].create(
            [
                {
                    "contact_id": readers[email].id,
                    "list_id": place.id,
                    "opt_out": True,
                    "opt_out_datetime": self._left_at(told, email),
                }
                for email, place in wanted - held
            ]
        )

    @api.model
    def _left_at(self, told, email):
        return told[email].get("at") or fields.Datetime.now()

    @api.model
    def _opt_out(self, told, scope, lists):
        """Every subscription of the addresses, on the lists or on all."""
        domain = [
            ("contact_id.email_normalized", "in", list(told)),
            ("opt_out", "=", False),
        ]
        if scope == "list":
            domain.append(("list_id", "in", lists.ids))
        subscriptions = self.env["mailing.subscription"]
        subscriptions._newsletter_opt_out(
            {
                row: self._left_at(told, row.contact_id.email_normalized)
                for row in subscriptions.search(domain)
            }
        )

    @api.model
    def _tell_members(self, told, company, scope, lists):
        """No other task outlives a leaving.

        The account is told by a run of its own (``newsletter_leaving_steps``). The
        comparison, which the writes above have triggered, finds the same task by
        whatever rule (``newsletter_leaving_told``); so it comes back if it gets lost in
        a race with a transmission.
        """
        domain = [("email", "in", list(told)), ("company_id", "=", company.id)]
        if scope == "list":
            domain.append(("coupling_id.mailing_list_id", "in", lists.ids))
        members = self.env["newsletter.member"].search(domain)
        settled = {
            "task_by": False,
            "task_difference": False,
            "task_values": False,
            "task_sends": False,
            "outdated": False,
            "parked": False,
            "tries": 0,
            "next_try_at": False,
        }
        mailed = members.filtered(lambda each: each.remote_status in MAILED_STATUSES)
        mailed.write(
            {
                "task": "unsubscribe",
                "task_at": fields.Datetime.now(),
                "task_rule": "leaving",
                **settled,
            }
        )
        # where leaving ends all lists, a transmission would widen it: it comes too late
        wide = mailed.filtered(lambda m: m.connection_id._leaving_reaches_account())
        if scope == "list":
            wide.next_try_at = fields.Datetime.now() + TRANSMISSION_WAITS
        (members - mailed).filtered(
            lambda each: each.task and each.task != "delete"
        ).write({"task": False, "task_rule": False, **settled})
        members.filtered(lambda each: each.local_status != "unsubscribed").write(
            {
                "local_status": "unsubscribed",
                "local_status_at": fields.Datetime.now(),
                "local_status_by": self.env.user.name,
            }
        )


class MailingSubscription(models.Model):
    _inherit = "mailing.subscription"

    @api.model
    def _newsletter_opt_out(self, told):
        """Opt out people each of whom left at another time; few statements.

        The date goes with it, else it would be the time of this transaction.

        :param told: {subscription: naive UTC time of the leaving}
        """
        by_time = {}
        for row, at in told.items():
            by_time.setdefault(at, []).append(row.id)
        set_wise = self.env["newsletter.set.wise"]
        names = ("opt_out", "opt_out_datetime")
        # what is ours is no news; everything else hangs on ``write``
        plain = is_ours(self.env) and set_wise._is_plain(self._name, names)
        if len(by_time) < 2 or not plain:
            for at, ids in by_time.items():
                self.browse(ids).write({"opt_out": True, "opt_out_datetime": at})
            return
        self.browse(row.id for row in told).check_access("write")
        self.flush_model(names)
        set_wise._update(
            self._name,
            [
                {"id": row.id, "opt_out": True, "opt_out_datetime": at}
                for row, at in told.items()
            ],
        )
        self.env["mailing.contact"].invalidate_model(["opt_out"], flush=False)


class NewsletterMember(models.Model):
    _inherit = "newsletter.member"

    def _elsewhere(self):
        """Those whose recipient has another address in the tool than they have here."""
        return self.filtered(lambda m: m.remote_email and m.remote_email != m.email)

    def _has_left(self, remote):
        """The tool was read back after a leaving: the person is off this list.

        :param remote: the person as the tool tells it now, None who is not there
        """
        self.ensure_one()
        status, at = "unsubscribed", False
        if remote is not None:
            status, at = remote.status.value, naive(remote.status_at)
        if not self.active:
            # the list is not coupled any more; only what the tool holds is remembered
            self.write({"remote_status": status, "base_status": status})
            return
        self._transmitted("unsubscribe", status, at)
