"""Odoo's own pages: whoever subscribes there is asked to confirm it like all others.

A box on a page proves nothing about whose address it is. Until the click nothing is
transmitted, and where the person had left before, the leaving stands.
"""

from odoo import api, models
from odoo.http import request

from .ir_http import plain


class MailingSubscription(models.Model):
    _inherit = "mailing.subscription"

    @api.model_create_multi
    def create(self, vals_list):
        rows = super().create(vals_list)
        rows.filtered(lambda row: not row.opt_out)._newsletter_ask_on_page()
        return rows

    def _newsletter_back(self):
        result = super()._newsletter_back()
        self._newsletter_ask_on_page()
        return result

    def _newsletter_ask_on_page(self):
        """Ask a visitor who joins lists by a page of Odoo's own, once for all of them.

        Whoever has confirmed already is not asked again, and nobody too often: the
        limits of all requests hold.
        """
        if not self.env.user.share or self.env.context.get("newsletter_leaving"):
            return
        # sudo: a page acts for a visitor, who may read nothing of this
        rows = self.sudo()
        requests = rows.env["newsletter.consent.request"]
        visitor = requests._visitor()
        company = self.env.company
        asking = {}
        for place in rows.list_id:
            joining = rows.filtered(lambda row, place=place: row.list_id == place)
            emails = set(filter(None, joining.contact_id.mapped("email_normalized")))
            given = rows.env["newsletter.consent"]._effective(emails, company, place)
            asked = frozenset(e for e in emails if given[e][0] != "confirmed")
            asking[asked] = asking.get(asked, place.browse()) | place
        for asked, lists in asking.items():
            if asked:
                requests._open(
                    sorted(asked), company, lists, origin="page", evidence=visitor
                )


class NewsletterConsentRequest(models.Model):
    _inherit = "newsletter.consent.request"

    @api.model
    def _visitor(self):
        """Who asks on a page, for the limits and the proof; {} without a page."""
        if not request:
            return {}
        asking = request.httprequest
        return {
            "ip": asking.remote_addr or False,
            "user_agent": plain(asking.user_agent.string)[:255] or False,
        }
