"""The screen of a mailing list: counters, steps, people, events (C25, G16, M02)."""

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

#: rows in the tabs; the whole is a click away
SHOWN = 40


class MailingList(models.Model):
    _inherit = "mailing.list"

    newsletter_participant_count = fields.Integer(
        string="Participants", compute="_compute_newsletter_participants"
    )
    newsletter_subscribed_count = fields.Integer(
        string="Of These Subscribed", compute="_compute_newsletter_participants"
    )
    newsletter_task_count = fields.Integer(
        string="Of These with Open Tasks",
        compute="_compute_newsletter_task_count",
        groups="newsletter_sync.group_user",
    )
    newsletter_reviews = fields.Json(
        compute="_compute_newsletter_reviews",
        groups="newsletter_sync.group_user",
        help="The three steps of each coupling with their numbers.",
    )
    newsletter_people_ids = fields.Many2many(
        "newsletter.assignment",
        compute="_compute_newsletter_people_ids",
        string="Members",
        groups="newsletter_sync.group_user",
    )
    newsletter_event_ids = fields.Many2many(
        "newsletter.event",
        compute="_compute_newsletter_event_ids",
        string="Event Log",
        groups="newsletter_sync.group_user",
    )

    @api.model
    def _newsletter_logged_fields(self):
        return [
            *super()._newsletter_logged_fields(),
            *("newsletter_type", "newsletter_state", "newsletter_user_id"),
        ]

    @api.depends("subscription_ids.opt_out")
    def _compute_newsletter_participants(self):
        counts = {
            (mailing_list, bool(opt_out)): count
            for mailing_list, opt_out, count in self.env[
                "mailing.subscription"
            ]._read_group(
                [("list_id", "in", self._origin.ids)],
                ["list_id", "opt_out"],
                ["__count"],
            )
        }
        for mailing_list in self:
            subscribed = counts.get((mailing_list._origin, False), 0)
            left = counts.get((mailing_list._origin, True), 0)
            mailing_list.newsletter_subscribed_count = subscribed
            mailing_list.newsletter_participant_count = subscribed + left

    @api.depends("newsletter_coupling_ids")
    def _compute_newsletter_task_count(self):
        for mailing_list in self:
            couplings = mailing_list.newsletter_coupling_ids
            mailing_list.newsletter_task_count = sum(couplings.mapped("task_count"))

    @api.depends_context("lang", "uid")
    def _compute_newsletter_reviews(self):
        for mailing_list in self:
            couplings = mailing_list._origin.newsletter_coupling_ids
            mailing_list.newsletter_reviews = [
                {
                    "name": coupling.connection_id.name if len(couplings) > 1 else "",
                    "review": coupling._review(),
                }
                for coupling in couplings
            ]

    def _compute_newsletter_people_ids(self):
        """Who needs somebody's attention first, then those who came last."""
        assignments = self.env["newsletter.assignment"]
        needed = Domain("task", "!=", False) | Domain(
            "result", "in", ("conflict", "not_in_tool")
        )
        for mailing_list in self:
            saved = mailing_list._origin
            mine = Domain("mailing_list_id", "=", saved.id or 0)
            rows = assignments.browse()
            if saved.newsletter_coupling_ids:
                rows = assignments.search(mine & needed, limit=SHOWN)
            if len(rows) < SHOWN:
                # found by an index first: the view would sort everybody
                latest = self.env["mailing.subscription"].search(
                    [("list_id", "=", saved.id or 0)], order="id desc", limit=SHOWN
                )
                mine &= Domain("contact_id", "in", latest.contact_id.ids)
                rows |= assignments.search(mine, limit=SHOWN)
            mailing_list.newsletter_people_ids = rows[:SHOWN]

    def _compute_newsletter_event_ids(self):
        events = self.env["newsletter.event"]
        for mailing_list in self:
            saved = mailing_list._origin
            # a list that is not saved yet has no events
            found = saved._newsletter_event_domain() if saved else Domain.FALSE
            mailing_list.newsletter_event_ids = events.search(found, limit=SHOWN)

    def action_newsletter_people(self):
        """Everybody on the list; where it is coupled, with all that the tool says."""
        self.ensure_one()
        name = self.env._("Members: %s", self.name)
        couplings = self.newsletter_coupling_ids
        if couplings:
            action = couplings[0].action_open_members()
            if len(couplings) > 1:
                # the steps above the members are those of one coupling
                action["context"] = {}
            domain = [("coupling_id", "in", couplings.ids)]
            return {**action, "name": name, "display_name": name, "domain": domain}
        return {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": "newsletter.assignment",
            "views": [(False, "list")],
            "domain": [("mailing_list_id", "=", self.id)],
        }

    @api.ondelete(at_uninstall=False)
    def _unlink_except_consents(self):
        """Evidence is kept, and it names the list that it was given for.

        :raises UserError: says how many consents there are, and what to do instead
        """
        # sudo: consents of all companies, for users who may not see them
        consents = self.env["newsletter.consent"].sudo()
        counts = consents._read_group(
            [("mailing_list_id", "in", self.ids)], ["mailing_list_id"], ["__count"]
        )
        for mailing_list, count in counts:
            raise UserError(
                self.env._(
                    "%(count)s consents were given for the list “%(list)s”. They are "
                    "evidence that has to be kept, so the list cannot be deleted. "
                    "Archive it instead: it disappears from all selections.",
                    count=count,
                    list=mailing_list.name,
                )
            )
