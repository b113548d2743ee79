"""The preference page: leave one list or everything, or take back that opens and clicks
are recorded; by one click each, without a login."""

from odoo import http
from odoo.http import request

from ..sync.address import masked
from . import public_page

#: longer texts are cut
REASON_LENGTH = 500


class PreferencesController(http.Controller):
    @http.route(
        "/newsletter/preferences/<string:token>",
        type="http",
        auth="public",
        methods=["GET", "POST"],
        # mail programs post without a cookie; the token is the proof
        csrf=False,
        save_session=False,
        max_content_length=64 * 1024,
        sitemap=False,
        newsletter_plain=True,
    )
    def preferences(self, token, **posted):
        """GET shows the page and changes nothing; POST leaves (RFC 8058 as well)."""
        link = request.env["newsletter.preference"]._find(token)
        if not link:
            return public_page.unknown("newsletter_sync.preferences_unknown")
        if request.httprequest.method != "POST":
            return self._page(link)
        if wait := public_page.too_often(link):
            return public_page.slower(wait)
        if "List-Unsubscribe" in posted:
            link._unsubscribe(
                "header", link.mailing_list_ids or None, public_page.evidence()
            )
            # mail programs follow no redirect and show no page
            return request.make_response(
                "",
                headers=[*public_page.HEADERS.items(), ("Content-Type", "text/plain")],
            )
        return self._act(link, posted)

    def _act(self, link, posted):
        action = posted.get("action")
        if action == "everything":
            link._unsubscribe("page", None, public_page.evidence())
            return self._page(link, done="everything")
        if action == "list":
            place = self._chosen(link, posted.get("list"))
            if place:
                link._unsubscribe("page", place, public_page.evidence())
                return self._page(link, done="list", left=place)
        if action == "reactions":
            by_hand = link._end_reactions(public_page.evidence())
            return self._page(link, done="reactions", by_hand=by_hand)
        if action == "reason":
            reasons = self._reasons()
            link._give_reason(
                (posted.get("text") or "").strip()[:REASON_LENGTH],
                reasons.filtered(lambda each: str(each.id) == posted.get("reason")),
            )
            return self._page(link, done="thanks")
        return self._page(link)

    @staticmethod
    def _chosen(link, list_id):
        """A list that the page offers, or that of the link; never any other."""
        offered = link._subscribed_lists() | link.mailing_list_ids
        return offered.filtered(lambda place: str(place.id) == list_id)

    @staticmethod
    def _reasons():
        # sudo: the texts of Odoo's reasons, for a visitor
        return request.env["mailing.subscription.optout"].sudo().search([])

    def _page(self, link, done="", left=None, by_hand=False):
        lists = link._subscribed_lists()
        first = lists & link.mailing_list_ids
        return public_page.render(
            "newsletter_sync.preferences_page",
            {
                "address": masked(link.email),
                "first": first,
                "others": lists - first,
                "gone": link._left_lists(),
                "blocked": link._is_blocked(),
                "done": done,
                "left": left,
                "by_hand": by_hand,
                "unrecorded": link._reactions_refused(),
                "reasons": self._reasons(),
                "reason_length": REASON_LENGTH,
            },
            lang=link._language(),
            company=link.company_id,
        )
