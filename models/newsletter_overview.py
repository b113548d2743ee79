"""The start screen: each connection with what waits there, and the ways to it (Q06)."""

from odoo import fields, models
from odoo.tools import formatLang


class NewsletterConnection(models.Model):
    _inherit = "newsletter.connection"

    coupling_count = fields.Integer(compute="_compute_overview")
    conflict_count = fields.Integer(
        compute="_compute_overview", string="Open Conflicts"
    )
    missing_count = fields.Integer(
        compute="_compute_overview", string="Not in the Tool"
    )
    task_count = fields.Integer(compute="_compute_overview", string="To Transmit")
    stopped_count = fields.Integer(compute="_compute_overview", string="Stopped Runs")
    next_step = fields.Char(compute="_compute_next_step")

    def _compute_overview(self):
        def counts(model, domain):
            groups = self.env[model]._read_group(
                [("connection_id", "in", self.ids), *domain],
                ["connection_id"],
                ["__count"],
            )
            return dict(groups)

        members = "newsletter.member"
        couplings = counts("newsletter.coupling", [("mailing_list_id", "!=", False)])
        # what is decided or snoozed waits for nobody
        is_open = ("to_decide", "=", True)
        conflicts = counts(members, [("result", "=", "conflict"), is_open])
        missing = counts(members, [("result", "=", "not_in_tool"), is_open])
        tasks = counts(members, [("task", "!=", False)])
        stopped = counts("newsletter.run", [("state", "=", "stopped")])
        for connection in self:
            connection.coupling_count = couplings.get(connection, 0)
            connection.conflict_count = conflicts.get(connection, 0)
            connection.missing_count = missing.get(connection, 0)
            connection.task_count = tasks.get(connection, 0)
            connection.stopped_count = stopped.get(connection, 0)

    def _compute_next_step(self):
        for connection in self:
            connection.next_step = connection._next_step()

    def _next_step(self):
        """The one thing that somebody should do now, for a person."""
        if self.state == "draft":
            return self.env._("Enter the login and test the connection.")
        if self.state == "reconnect":
            return self.env._("The access has expired: connect it again.")
        if self.state == "paused":
            return self.env._("Paused: nothing travels, not even leavings.")
        if self.stopped_count:
            return self._of_number(
                self.stopped_count,
                self.env._("Look at one stopped run."),
                self.env._("Look at %s stopped runs."),
            )
        if not self.coupling_count:
            return self.env._("Couple a mailing list, or push people by hand.")
        waiting = self.conflict_count + self.missing_count
        if waiting:
            return self._of_number(
                waiting,
                self.env._("Review one person."),
                self.env._("Review %s people."),
            )
        if self.task_count:
            return self._of_number(
                self.task_count,
                self.env._("Transmit one person."),
                self.env._("Transmit %s people."),
            )
        return self.env._("Nothing waits for you.")

    def _of_number(self, number, one, many):
        """The sentence for one, or the one for several with the number in it."""
        return one if number == 1 else many % formatLang(self.env, number, digits=0)

    # --- the ways from here -------------------------------------------------------
    def _open(self, xml_id, domain, context=None):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(xml_id)
        return {**action, "domain": domain, "context": context or {}}

    def action_open_couplings(self):
        return self._open(
            "newsletter_sync.action_newsletter_coupling",
            [("connection_id", "=", self.id)],
        )

    def action_open_mapping(self):
        return self._open(
            "newsletter_sync.action_newsletter_field_mapping",
            [("connection_id", "=", self.id)],
        )

    def action_open_mailings(self):
        """Mailings of Odoo to the mailing lists that are coupled here."""
        return self._open(
            "mass_mailing.mailing_mailing_action_mail",
            [
                ("mailing_type", "=", "mail"),
                ("contact_list_ids", "in", self.coupling_ids.mailing_list_id.ids),
            ],
        )

    def action_open_events(self):
        return self._open(
            "newsletter_sync.action_newsletter_event",
            [("connection_id", "=", self.id)],
        )

    def action_open_review(self):
        """Everybody about whom somebody should decide."""
        return self._open(
            "newsletter_sync.action_newsletter_member",
            [("connection_id", "=", self.id), ("to_decide", "=", True)],
            {"group_by": ["coupling_id", "result"]},
        )

    def action_open_tasks(self):
        return self._open(
            "newsletter_sync.action_newsletter_member",
            [("connection_id", "=", self.id), ("task", "!=", False)],
            {"group_by": ["coupling_id", "task"]},
        )

    def action_open_stopped(self):
        return self._open(
            "newsletter_sync.action_newsletter_run",
            [("connection_id", "=", self.id), ("state", "=", "stopped")],
        )

    def action_open_settings(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": self.id,
            "views": [(False, "form")],
        }

    def action_open_manual(self):
        return {
            "type": "ir.actions.act_url",
            "url": "/newsletter_sync/manual",
            "target": "new",
        }
