"""The way in which somebody agreed or left, in words of the reader's language.

What is stored is a word of the programs, for it is part of the chain's hash.
"""

from odoo import api, fields, models


class NewsletterConsentEvent(models.Model):
    _inherit = "newsletter.consent.event"

    channel_name = fields.Char(compute="_compute_channel_name", string="Way")

    @api.depends("channel")
    @api.depends_context("lang")
    def _compute_channel_name(self):
        leavings = self.env["newsletter.leaving"]._fields["channel"]
        names = {
            **dict(leavings._description_selection(self.env)),
            "form": self.env._("Form"),
        }
        for event in self:
            event.channel_name = names.get(event.channel, event.channel)

    def _print(self):
        title, lines, body = super()._print()
        label = self._fields["channel"]._description_string(self.env)
        shown = [
            (name, self.channel_name if name == label else text) for name, text in lines
        ]
        return title, shown, body
