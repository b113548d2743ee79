"""A list with people to whom nothing went for a year: its push is confirmed (S3).

People who have forgotten a newsletter complain, and mailbox providers then refuse mails
of the sender to everybody. So whoever approves such a push is asked once more.
"""

from dateutil.relativedelta import relativedelta

from odoo import fields, models

#: after so many months without a transmission a list counts as idle
IDLE_MONTHS = 12


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
        return not self.search_count(
            [
                ("remote_list_id", "=", self.remote_list_id.id),
                ("kind", "in", ("push", "transmit")),
                ("state", "=", "done"),
                ("finished_at", ">=", since),
            ],
            limit=1,
        )

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
