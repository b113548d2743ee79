"""What the screen of couplings shows and opens, in both systems."""

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import formatLang


class NewsletterConnection(models.Model):
    _inherit = "newsletter.connection"

    def _web_page(self, kind, remote_id=""):
        """Address of a page of the tool, "" where it is not known. Makes no call.

        :param kind: as in ``Connector.web_url``
        """
        self.ensure_one()
        try:
            connector = self._connector()
        except UserError:
            # the login is not complete yet
            return ""
        return connector.web_url(kind, remote_id, home=self.web_url or "")


class NewsletterCoupling(models.Model):
    _inherit = "newsletter.coupling"

    provider = fields.Selection(related="connection_id.provider")
    list_type = fields.Selection(
        [("static", "Static"), ("dynamic", "Dynamic")],
        string="Type of the List",
        compute="_compute_list_kind",
        help="Static: people are put on the list. Dynamic: a filter decides.",
    )
    member_kind = fields.Char(
        string="People of the List",
        compute="_compute_list_kind",
        help="The kind of record that the members of the mailing list are.",
    )
    remote_count = fields.Integer(
        related="remote_list_id.recipients", string="People in the Tool"
    )
    opt_in_explained = fields.Char(
        string="What the Tool Does", compute="_compute_opt_in_explained"
    )
    next_step = fields.Char(compute="_compute_next_step")

    @api.depends("mailing_list_id")
    def _compute_list_kind(self):
        """Static, unless a filter feeds the list: ``newsletter_dynamic_coupling``."""
        for coupling in self:
            coupling.list_type = "static" if coupling.mailing_list_id else False
            coupling.member_kind = (
                self.env._("Mailing contacts") if coupling.mailing_list_id else False
            )

    @api.depends("remote_list_id.opt_in", "join", "opt_in_process_id")
    def _compute_opt_in_explained(self):
        for coupling in self:
            coupling.opt_in_explained = coupling._explain_opt_in(coupling.join)

    @api.depends("state", "fetched_at", "mailing_list_id")
    def _compute_next_step(self):
        """The one thing that a clerk should do now, "" if nothing waits."""
        for coupling in self:
            coupling.next_step = coupling._next_step()

    def _next_step(self):
        if self.state == "ended":
            return self.env._("This coupling has ended; both lists stay as they are.")
        if not self.mailing_list_id:
            return self.env._(
                "People are pushed to this list by hand. Couple a mailing list with "
                "it to keep both equal."
            )
        if self.connection_id.state != "connected":
            return self.env._("The newsletter tool is not connected.")
        if self.state == "paused":
            return self.env._(
                "Paused: who leaves in the tool is not noticed here. Tasks waiting: %s",
                self.task_count,
            )
        if not self.fetched_at:
            return self.env._("Next step: fetch the tool's list (1).")
        if self.conflict_count or self.missing_count:
            return self._review_next(self.conflict_count + self.missing_count)
        if self.task_count:
            return self._transmit_next()
        return self.env._("Both lists agree.")

    def _review_next(self, number):
        if number == 1:
            return self.env._("Next step: review one person (2).")
        return self.env._(
            "Next step: review %s people (2).", formatLang(self.env, number, digits=0)
        )

    def _transmit_next(self):
        if self.task_count == 1:
            return self.env._("Next step: transmit one person (3).")
        return self.env._(
            "Next step: transmit %s people (3).",
            formatLang(self.env, self.task_count, digits=0),
        )

    # --- opening both sides (E05) -----------------------------------------------
    def action_open(self):
        """The coupling itself, from a row of the list."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": self.id,
            "views": [(False, "form")],
        }

    def action_open_mailing_list(self):
        """The list in Odoo."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "mailing.list",
            "res_id": self.mailing_list_id.id,
            "views": [(False, "form")],
        }

    def action_open_tool(self):
        """The list in the tool; where its page is not known, the tool's first page."""
        self.ensure_one()
        remote, connection = self.remote_list_id, self.connection_id
        # of a list that was deleted there is no page
        page = remote.active and (
            remote.web_url or connection._web_page("list", remote.remote_id)
        )
        return {
            "type": "ir.actions.act_url",
            "url": page
            or connection.web_url
            or connection._web_page("home")
            or connection._connector_class().website,
            "target": "new",
        }

    def action_open_runs(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "newsletter_sync.action_newsletter_run"
        )
        return {**action, "domain": [("coupling_id", "=", self.id)], "context": {}}

    def action_open_events(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "newsletter_sync.action_newsletter_event"
        )
        return {**action, "domain": [("coupling_id", "=", self.id)], "context": {}}


class NewsletterRemoteList(models.Model):
    _inherit = "newsletter.remote.list"

    coupled = fields.Boolean(
        compute="_compute_coupled",
        search="_search_coupled",
        help="It is kept equal with a mailing list.",
    )

    @api.depends("coupling_ids.mailing_list_id", "coupling_ids.active")
    def _compute_coupled(self):
        for remote_list in self:
            remote_list.coupled = bool(remote_list.coupling_ids.mailing_list_id)

    @api.model
    def _search_coupled(self, operator, value):
        if operator != "in":
            return NotImplemented
        coupled = Domain("coupling_ids", "any", [("mailing_list_id", "!=", False)])
        wanted = Domain.FALSE
        if True in value:
            wanted |= coupled
        if False in value:
            wanted |= ~coupled
        return wanted
