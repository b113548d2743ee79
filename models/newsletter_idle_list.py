"""A list with people to whom nothing went for a year: its push is confirmed (S3).

People who have forgotten a newsletter complain, and mailbox providers then refuse mails
of the sender to everybody. So whoever approves such a push is asked once more.
"""

from datetime import timedelta

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models

#: after so many months without a transmission a list counts as idle
IDLE_MONTHS = 12
#: so exactly it is remembered when something was sent last: not with every batch
EXACTLY = timedelta(days=1)
#: results of people who were sent; that somebody left says nothing about the list
SENT = ("subscribed", "updated")


class NewsletterRemoteList(models.Model):
    _inherit = "newsletter.remote.list"

    last_sent_at = fields.Datetime(
        string="Last Transmission",
        readonly=True,
        help="When Odoo last put somebody on this list or updated somebody there.",
    )

    def _note_sent(self, results):
        """Remember it here: the reports are deleted long before a year has passed.

        :param results: the results of people about whom the tool has answered
        """
        now = fields.Datetime.now()
        if any(result in SENT for result in results):
            self.filtered(
                lambda each: not each.last_sent_at or each.last_sent_at <= now - EXACTLY
            ).last_sent_at = now


class NewsletterTransmit(models.AbstractModel):
    _inherit = "newsletter.transmit"

    @api.model
    def _kept(self, run, rows):
        result = super()._kept(run, rows)
        run.remote_list_id._note_sent(row.result for row in rows)
        return result


class NewsletterRun(models.Model):
    _inherit = "newsletter.run"

    def _count_lines(self):
        """With a warning that the approval repeats, if the list is idle."""
        rows = super()._count_lines()
        if self.state == "preview" and self._to_idle_list():
            rows = [*rows, self._idle_row()]
        return rows

    def _to_idle_list(self):
        """Whether people are on the list, and nothing went there for a year.

        A list without people is new: the preview itself asks about everybody on it.
        """
        if self.kind != "push" or not self.remote_list_id.recipients:
            return False
        if self.remote_list_id.coupling_ids.filtered("mailed_regularly"):
            return False
        since = fields.Datetime.now() - relativedelta(months=IDLE_MONTHS)
        sent_at = self.remote_list_id.last_sent_at
        return not sent_at or sent_at < since

    def _idle_row(self):
        return {
            "key": "idle_list",
            "label": self.env._("On the list already, idle for a year or never used"),
            "count": self.remote_list_id.recipients,
            "level": "warning",
            "domain": [("id", "=", 0)],
            "note": self.env._(
                "Nothing went to this list from Odoo in the last 12 months. Make sure "
                "that people still expect this newsletter: who has forgotten it "
                "complains, and providers then refuse your mails."
            ),
            "warn": True,
        }

    def _approve(self):
        """That somebody went on is written down."""
        idle = self.state == "preview" and self._to_idle_list()
        result = super()._approve()
        if idle:
            self.env["newsletter.event"]._log(
                "idle_list",
                run=self,
                record=self.remote_list_id,
                text=self.env._(
                    "%(user)s goes on with “%(list)s”, to which nothing went for 12 "
                    "months.",
                    user=self.env.user.name,
                    list=self.remote_list_id.name,
                ),
            )
        return result
