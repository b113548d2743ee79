"""“[NO MAILING]” in addresses from before the addon was there, or written past it."""

from odoo import api, models

#: what a record's address field may be marked in
MARKED = ("res.partner", "mailing.contact", "crm.lead")
#: records that are read at once
_BATCH = 1000


class NewsletterLeaving(models.Model):
    _inherit = "newsletter.leaving"

    @api.model
    def _read_all_markers(self):
        """Take every marker as the opt-out that it is; harmless when repeated.

        Odoo's normalised address does not show the marker, so without this a filter
        would put these people on a list. Called when the addon is installed; again
        after addresses were brought into the database by other programs.
        """
        for model in MARKED:
            # sudo: an opt-out counts, whoever may see it; archived people come back
            records = self.env[model].sudo().with_context(active_test=False)
            name = records._newsletter_email_field()
            marked = records.search([(name, "ilike", "mailing")], order="id")
            for start in range(0, len(marked), _BATCH):
                marked[start : start + _BATCH]._newsletter_take_markers()
