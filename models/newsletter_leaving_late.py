"""Who leaves while being sent, or left before Odoo knew that the account holds them.

A leaving concerns the members that there are. The member of a first push comes into
being only when the tool's answer is kept, maybe hours after the person was handed over;
so whoever is remembered is asked once more whether they may be mailed.
"""

from odoo import api, fields, models

from ..sync.eligibility import Facts
from ..sync.protection import ends_subscription
from .newsletter_leaving_effect import MAILED_STATUSES


class NewsletterPush(models.AbstractModel):
    _inherit = "newsletter.push"

    @api.model
    def _remember(self, run, lines):
        result = super()._remember(run, lines)
        self._catch_up(run, lines)
        return result

    @api.model
    def _catch_up(self, run, lines):
        """Let go whom the tool mails although something in Odoo bars them by now."""
        mailed = {
            line.email: line
            for line in lines
            if line.remote_id
            and (not line.remote_status or line.remote_status in MAILED_STATUSES)
        }
        facts = self._shared_facts(run, list(mailed))
        records = self.env[run.res_model].browse(lines.mapped("res_id")).exists()
        records = {record.id: record for record in records}
        barred = [
            email
            for email, line in mailed.items()
            if self._ends_subscription(
                run, line, records.get(line.res_id), facts[email]
            )
        ]
        if not barred:
            return
        changes = self.env["newsletter.change"]
        changes._note(self._members(run, barred))
        self.env.ref("newsletter_sync.cron_changes").sudo()._trigger()
        # whom a run has handed over itself did not join by their own will
        joined = {
            email: None if run.phase == "transmit" else mailed[email].remote_status_at
            for email in barred
        }
        self.env["newsletter.leaving"]._catch_up(run.coupling_id, joined)

    @api.model
    def _ends_subscription(self, run, line, record, facts):
        """Whether the person may not be mailed, or is another one by now."""
        if self._changed(run, line, record):
            return True
        active = self._is_active(record)
        known = Facts(address_problem=None, active=active, **facts)
        return bool(ends_subscription(known))


class NewsletterLeaving(models.Model):
    _inherit = "newsletter.leaving"

    @api.model
    def _catch_up(self, coupling, joined):
        """Ask the account of a coupling again about people whom it holds after all.

        :param joined: {address: naive UTC time since when the tool holds it as
            subscribed by the person's own will, or None}; who joined there after the
            leaving is left to the comparison, which asks for proof
        """
        # sudo: whoever left did, whatever the present user may see
        leavings = self.sudo().with_context(newsletter_leaving=True)
        standing = leavings.search(
            [
                ("company_id", "=", coupling.company_id.id),
                ("email", "in", list(joined)),
                ("lifted_at", "=", False),
            ]
        ).filtered(
            lambda each: (
                (
                    each.scope != "list"
                    or each.mailing_list_id
                    and each.mailing_list_id == coupling.mailing_list_id
                )
                and not (joined[each.email] and joined[each.email] > each.date)
            )
        )
        standing -= standing._over()
        for leaving in standing:
            told = {leaving.email: {"at": leaving.date}}
            if leaving.scope == "list":
                leavings._create_readers(told, leaving.mailing_list_id)
            leavings._tell_members(
                told, leaving.company_id, leaving.scope, leaving.mailing_list_id
            )
        standing.receipt_ids.filtered(
            lambda each: (
                each.connection_id == coupling.connection_id
                and each.state in ("not_there", "done")
            )
        )._reopen()
        standing._open_receipts()


class NewsletterLeavingReceipt(models.Model):
    _inherit = "newsletter.leaving.receipt"

    def _reopen(self):
        """The account holds the person after all: it is asked from now on."""
        self.write(
            {
                "state": "waiting",
                "date": fields.Datetime.now(),
                "alarm": False,
                "tries": 0,
                "next_try_at": False,
                "answered_at": False,
                "done_at": False,
                "proof": False,
                "message": False,
            }
        )
