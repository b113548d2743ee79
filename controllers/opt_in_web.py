"""The route for the organisation's own web forms: JSON in, the same answer for all."""

import json

from odoo import http
from odoo.http import request
from odoo.tools import consteq

from ..models.ir_http import plain
from ..sync.address import parse
from . import public_page
from .opt_in import EVERYTHING, ROUTE, TRAP, ask, find_form

#: texts that other programs send are cut
WORDING_LENGTH = 10_000
LENGTH = 500


class OptInWebController(http.Controller):
    @http.route(
        "/newsletter/subscribe/<string:key>/json",
        methods=["POST", "OPTIONS"],
        **ROUTE,
    )
    def subscribe_json(self, key, **_kw):
        """Take a request from a web form; see docs/web_forms.md for the fields.

        The status says whether the call was understood. It never says anything about
        the address.
        """
        form = find_form(key)
        if not form:
            return self._answer({"error": "unknown form"}, 404)
        origin = (request.httprequest.headers.get("Origin") or "").lower()
        if origin and origin not in form._origins():
            return self._answer({"error": "this web site is not allowed"}, 403)
        if request.httprequest.method == "OPTIONS":
            return self._answer(None, 204, origin)
        trusted = self._has_key(form)
        if form.require_api_key and not trusted:
            return self._answer({"error": "a valid API key is needed"}, 403, origin)
        try:
            data = json.loads(request.httprequest.get_data(as_text=True))
        except (ValueError, UnicodeDecodeError, RecursionError):
            data = None
        if not isinstance(data, dict):
            return self._answer({"error": "JSON object expected"}, 400, origin)
        return self._take(form, data, trusted, origin)

    def _take(self, form, data, trusted, origin):
        told = {
            name: plain(value) for name, value in data.items() if isinstance(value, str)
        }
        if told.get(TRAP):
            return self._answer({"status": "ok"}, 200, origin)
        email = told.get("email", "")
        address = parse(email)
        if not address.email or address.problem:
            return self._answer({"error": "no valid e-mail address"}, 400, origin)
        boxes = self._boxes(form, data)
        if not any(boxes["lists"].values()):
            # a form without the tick says nothing: no opt-in, and no opt-out (B09)
            return self._answer({"status": "nothing ticked"}, 200, origin)
        wording = form._wording(told.get("lang"))
        client = public_page.evidence()
        if trusted and told.get("client_ip"):
            # a web server that has proven who it is speaks for its visitor
            client = {
                "ip": told["client_ip"][:64],
                "user_agent": told.get("user_agent", "")[:255] or False,
            }
        ask(
            form,
            email,
            boxes,
            name=told.get("name", ""),
            detail=told.get("phone", ""),
            client=client,
            shown=None if told.get("wording") else wording,
            web=True,
            reactions_wording=told.get(
                "reactions_wording", wording.reactions_text or ""
            )[:WORDING_LENGTH],
            wording=told.get("wording", wording.text)[:WORDING_LENGTH],
            wording_version=(
                told.get("wording_version", "")[:LENGTH]
                if told.get("wording")
                else wording._label()
            ),
            lang=told.get("lang", wording.lang)[:10],
            page_url=(told.get("page_url") or origin)[:LENGTH],
        )
        return self._answer({"status": "ok"}, 200, origin)

    @staticmethod
    def _boxes(form, data):
        """``consent`` speaks for a form with one box, ``lists`` names list ids."""
        places = [str(place.id) for place in form.mailing_list_ids] or [EVERYTHING]
        named = data.get("lists")
        if isinstance(named, list):
            chosen = {str(n) for n in named if isinstance(n, int | str)}
        else:
            chosen = set(places)
        agreed = data.get("consent") is True
        media = data.get("media") if isinstance(data.get("media"), list) else []
        return {
            "lists": {place: agreed and place in chosen for place in places},
            "media": {medium: agreed and medium in media for medium in form._media()},
            "reactions": agreed and data.get("reactions") is True,
        }

    @staticmethod
    def _has_key(form):
        sent = request.httprequest.headers.get("Authorization") or ""
        scheme, _space, token = sent.partition(" ")
        if scheme.lower() != "bearer" or not form.api_key_digest:
            return False
        return consteq(form._digest(token.strip()), form.api_key_digest)

    @staticmethod
    def _answer(data, status, origin=""):
        headers = [
            (name, value)
            for name, value in public_page.HEADERS.items()
            if name != "Content-Security-Policy"
        ]
        if origin:
            headers += [
                ("Access-Control-Allow-Origin", origin),
                ("Access-Control-Allow-Methods", "POST"),
                ("Access-Control-Allow-Headers", "Content-Type"),
                ("Access-Control-Max-Age", "86400"),
                ("Vary", "Origin"),
            ]
        if data is None:
            return request.make_response("", headers=headers, status=status)
        return request.make_json_response(data, headers=headers, status=status)
