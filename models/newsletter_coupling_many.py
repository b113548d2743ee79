"""The couplings as a table: what a row says when hovered, and one button for all."""

from odoo import api, fields, models
from odoo.exceptions import UserError


class NewsletterCoupling(models.Model):
    _inherit = "newsletter.coupling"

    tool_tooltip = fields.Char(compute="_compute_tooltips")
    odoo_tooltip = fields.Char(compute="_compute_tooltips")

    @api.depends("remote_list_id.name", "remote_id", "mailing_list_id.name")
    @api.depends_context("lang")
    def _compute_tooltips(self):
        """What the lists are, behind their names (E05)."""
        types = dict(self._fields["list_type"]._description_selection(self.env))
        for coupling in self:
            coupling.tool_tooltip = self.env._(
                "%(list)s · ID in the newsletter tool: %(id)s",
                list=coupling.remote_list_id.display_name,
                id=coupling.remote_id,
            )
            coupling.odoo_tooltip = False
            if coupling.mailing_list_id:
                coupling.odoo_tooltip = self.env._(
                    "%(list)s · Type: %(type)s · Members: %(kind)s",
                    list=coupling.mailing_list_id.name,
                    type=types[coupling.list_type],
                    kind=coupling.member_kind,
                )

    # --- fetching many (F21) ----------------------------------------------------------
    def action_fetch_all(self):
        """Fetch and compare every running coupling that the user sees."""
        running = [("mailing_list_id", "!=", False), ("state", "=", "active")]
        return self.search(running)._fetch_many()

    def action_fetch_selected(self):
        """Fetch and compare the couplings that somebody has marked."""
        return self._fetch_many()

    def _fetch_many(self):
        """Begin a run for each, and show them at work; nobody waits for the tools.

        One-off mailings come first: they have a date. What a coupling transmits by
        itself follows in a run of its own, which is shown as well.

        :raises UserError: none of them can be fetched
        """
        self.check_access("read")
        ready = self.filtered(lambda coupling: coupling._is_working())
        left_out = self - ready
        if not ready:
            raise UserError(
                self.env._(
                    "There is nothing to fetch: a coupling needs a mailing list, has "
                    "to run, and its newsletter tool has to be connected."
                )
            )
        runs = [coupling._start_run("fetch") for coupling in ready._in_order()]
        self.env["newsletter.runner"]._wake()
        action = {
            **self.env["ir.actions.act_window"]._for_xml_id(
                "newsletter_sync.action_newsletter_run"
            ),
            "domain": [("coupling_id", "in", ready.ids), ("id", ">=", min(runs))],
        }
        if not left_out:
            return action
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "warning",
                "sticky": True,
                "message": self.env._(
                    "Not fetched, because they do not run or are not connected: %s",
                    ", ".join(left_out.mapped("display_name")),
                ),
                "next": action,
            },
        }

    def _in_order(self):
        """First the one-off mailings, then all lists."""
        return self.sorted(
            lambda each: (
                each.mailing_list_id.newsletter_type != "mailing",
                each.display_name or "",
                each.id,
            )
        )
