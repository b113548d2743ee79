"""Empty screens say what to do: who may not connect a tool is told whom to ask."""

from markupsafe import Markup

from odoo import api, models

#: so many administrators are named; more names help nobody
NAMED = 3


class NewsletterConnection(models.Model):
    _inherit = "newsletter.connection"

    @api.model
    def get_empty_list_help(self, help_message):
        # a client loads actions as the superuser: what counts is who looks
        if not self.sudo(False).has_access("create"):
            help_message = Markup(
                '<p class="o_view_nocontent_neutral_face">%s</p><p>%s</p>'
            ) % (
                self.env._("No newsletter tool is connected yet"),
                self._whom_to_ask(),
            )
        return super().get_empty_list_help(help_message)

    @api.depends_context("uid", "company")
    def _compute_next_step(self):
        return super()._compute_next_step()

    def _next_step(self):
        if self.state in ("draft", "reconnect") and not self.has_access("write"):
            return self._whom_to_ask()
        return super()._next_step()

    @api.model
    def _whom_to_ask(self):
        """Who may connect a tool, by name, for people who may not."""
        general = self.env._("Ask an administrator of your Odoo to connect it.")
        # the help of a screen can be asked for by anybody; names are for colleagues
        if not self.env.user.has_group("newsletter_sync.group_user"):
            return general
        # sudo: groups are for administrators of Odoo; only names are shown
        group = self.env.ref("newsletter_sync.group_administrator").sudo()
        people = group.all_user_ids.filtered(
            lambda user: (
                user.active
                and user._is_internal()
                and self.env.company in user.company_ids
            )
        )[:NAMED]
        if not people:
            return general
        return self.env._(
            "To connect it, please ask: %s.",
            ", ".join(people.mapped("name")),
        )


class NewsletterCoupling(models.Model):
    _inherit = "newsletter.coupling"

    @api.model
    def get_empty_list_help(self, help_message):
        connections = self.env["newsletter.connection"].sudo(False)
        if not connections.has_access("create") and not connections.search_count(
            [], limit=1
        ):
            return connections.get_empty_list_help(help_message)
        return super().get_empty_list_help(help_message)
