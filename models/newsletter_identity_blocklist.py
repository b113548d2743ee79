"""Who is not transmitted because of the blocklist is named; the rest goes on (I02)."""

from odoo import api, fields, models

#: addresses that stand on the screen; the log names a thousand
SHOWN, LOGGED = 10, 1000


class NewsletterRun(models.Model):
    _inherit = "newsletter.run"

    # the log alone holds the addresses: whoever is erased is erased there
    blocked_notice = fields.Char(
        compute="_compute_blocked_notice",
        help="Who is left out because of the blocklist.",
    )

    def _compute_blocked_notice(self):
        events = self.env["newsletter.event"].search(
            [
                ("run_id", "in", self.ids),
                ("code", "=", "blocklisted"),
                ("res_model", "=", False),
            ]
        )
        told = {event.run_id: event.text for event in events}
        for run in self:
            run.blocked_notice = told.get(run, False)

    def _name_blocked(self):
        """Warn once a transmission of those who would be on the list otherwise.

        Whom the tool has is unsubscribed there, which the plan shows as a task.
        """
        self.ensure_one()
        if self.blocked_notice:
            return
        domain = [
            ("coupling_id", "=", self.coupling_id.id),
            ("result", "=", "blocked"),
            ("result_code", "=", "blocklisted"),
            ("remote_status", "=", False),
            *(self.selection_domain or []),
        ]
        members = self.env["newsletter.member"]
        count = members.search_count(domain)
        if not count:
            return
        emails = members.search(domain, order="email", limit=LOGGED).mapped("email")
        self.env["newsletter.event"]._log(
            "blocklisted",
            run=self,
            text=self.env._(
                "On the blocklist, not transmitted: %s",
                self._listed(emails[:SHOWN], count),
            ),
            detail=self._listed(emails, count),
        )
        self.invalidate_recordset(["blocked_notice"])

    @api.model
    def _listed(self, emails, count):
        more = count - len(emails)
        rest = [self.env._("… and %s more", more)] if more else []
        return ", ".join([*emails, *rest])


class NewsletterTransmit(models.AbstractModel):
    _inherit = "newsletter.transmit"

    @api.model
    def _begin_plan(self, run, members):
        result = super()._begin_plan(run, members)
        # nobody reads the same names every night where there is nothing to do
        if members or not run.by_itself:
            run._name_blocked()
        return result
