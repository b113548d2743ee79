"""Pages to ask for a newsletter and to confirm it: no login, no script, no cookie."""

import json

from odoo import http
from odoo.http import request

from ..models.newsletter_consent import MEDIA
from ..sync.address import masked, parse
from ..sync.reactions import BOX
from . import public_page

#: longer texts are cut
LENGTH = 200
#: a field that people do not see; who fills it in is a robot
TRAP = "website"
#: the box of a form without lists
EVERYTHING = "0"
#: what boxes are called in the evidence that are no list's
TAKEN = frozenset({EVERYTHING, BOX, *dict(MEDIA)})

ROUTE = {
    "type": "http",
    "auth": "public",
    # no cookie to steal: a form may stand on any page, a link opens in any browser, and
    # all that a forged request could do is what its sender could do by hand
    "csrf": False,
    "save_session": False,
    "max_content_length": 64 * 1024,
    "sitemap": False,
    "newsletter_plain": True,
}


class OptInController(http.Controller):
    # --- asking -------------------------------------------------------------------
    @http.route("/newsletter/subscribe/<string:key>", methods=["GET", "POST"], **ROUTE)
    def subscribe(self, key, **posted):
        """GET shows the form; POST takes what was filled in."""
        form = find_form(key)
        if not form:
            return public_page.unknown("newsletter_sync.opt_in_unknown")
        if request.httprequest.method != "POST":
            return self._form_page(form, lang=posted.get("lang"))
        return self._take(form, posted)

    def _take(self, form, posted):
        """The same answer for everybody, whatever is known of the address (D7)."""
        lang = posted.get("lang")
        boxes = read_boxes(form, posted)
        if posted.get(TRAP):
            return self._done_page(form, lang)
        address = parse(posted.get("email"))
        if not address.email or address.problem:
            return self._form_page(form, lang, posted, problem="email")
        if not any(boxes["lists"].values()):
            return self._form_page(form, lang, posted, problem="box")
        wording = form.wording_ids.filtered(
            lambda each: str(each.id) == posted.get("wording")
        ) or form._wording(lang)
        own_page = request.httprequest.url
        ask(
            form,
            posted.get("email"),
            boxes,
            wording=wording.text,
            wording_version=wording._label(),
            lang=lang or wording.lang,
            name=" ".join(
                filter(None, (posted.get("first_name"), posted.get("last_name")))
            ),
            detail=posted.get("phone"),
            reactions_wording=wording.reactions_text,
            page_url=request.httprequest.headers.get("Origin")
            if posted.get("from") == "snippet"
            else own_page,
            shown=wording,
        )
        return self._done_page(form, lang)

    def _form_page(self, form, lang=None, posted=None, problem=""):
        wording = form._wording(lang or request.env.lang)
        form = form.with_context(lang=wording.lang)
        return public_page.render(
            "newsletter_sync.opt_in_form",
            {
                "form": form,
                "wording": wording,
                "media": form._media(),
                "posted": posted or {},
                "problem": problem,
                "trap": TRAP,
            },
            lang=wording.lang,
            company=form.company_id,
            status=422 if problem else 200,
        )

    @staticmethod
    def _done_page(form, lang):
        wording = form._wording(lang or request.env.lang)
        return public_page.render(
            "newsletter_sync.opt_in_asked",
            {"form": form, "days": form.expiry_days},
            lang=wording.lang,
            company=form.company_id,
        )

    # --- confirming ---------------------------------------------------------------
    @http.route("/newsletter/confirm/<string:token>", methods=["GET", "POST"], **ROUTE)
    def confirm(self, token, **_posted):
        """GET shows a page with one button; only POST confirms (rule D4)."""
        asked = request.env["newsletter.consent.request"]._find(token)
        if not asked:
            return public_page.unknown("newsletter_sync.opt_in_unknown")
        method = request.httprequest.method
        if method == "POST" and (wait := public_page.too_often(asked)):
            return public_page.slower(wait)
        standing = asked._standing()
        if standing == "open" and (
            method == "POST" or (method == "GET" and asked.form_id.one_step)
        ):
            asked._confirm(token, method, public_page.evidence())
            standing = "done"
        lists = asked.with_context(lang=asked.lang).mailing_list_ids
        return public_page.render(
            "newsletter_sync.opt_in_confirm",
            {
                "standing": standing,
                "address": masked(asked.email),
                "lists": lists,
                "purpose": asked.consent_ids[:1].purpose,
                "reactions": asked.reactions
                if standing == "open"
                else any(asked.consent_ids.mapped("reactions_at")),
                "form": asked.form_id if asked.form_id._ready() else None,
            },
            lang=asked.lang,
            company=asked.company_id,
        )


# --- shared with the route for other web forms ----------------------------------------
def find_form(key):
    """The form of a key, with ``sudo``; empty if there is none to be shown."""
    # sudo: a visitor sees this one form
    form = request.env["newsletter.consent.form"].sudo().search([("key", "=", key)])
    return form if form and form._ready() else form.browse()


def read_boxes(form, posted):
    """Which boxes of a form were ticked; a box that is missing is not (rule B09).

    :return: {"lists": {list id as text: ticked}, "media": {medium: ticked},
        "reactions": ticked}; without lists there is one box with the id "0"
    """
    places = [str(place.id) for place in form.mailing_list_ids] or [EVERYTHING]
    return {
        "lists": {place: posted.get(f"box_{place}") == "1" for place in places},
        "media": {
            medium: posted.get(f"medium_{medium}") == "1" for medium in form._media()
        },
        "reactions": posted.get("reactions") == "1",
    }


def box_names(lists):
    """What the box of each list is called in the evidence, each by a name of its own.

    :return: {list id as text: name}; one whose name another box has tells its number
    """
    names = {}
    for place in lists.sorted("id"):
        name = place.name
        if name in {*names.values(), *TAKEN}:
            name = f"{name} (#{place.id})"
        while name in names.values():
            name += " "
        names[str(place.id)] = name
    return names


def ask(
    form,
    email,
    boxes,
    *,
    name="",
    detail="",
    shown=None,
    client=None,
    reactions_wording="",
    **evidence,
):
    """Ask by mail, within the limits; nothing of this can be seen from outside.

    :param reactions_wording: the text beside the box for opens and clicks; it names the
        box in the evidence. Where the form offers none, nobody ticked it.
    :param client: address and browser of the visitor, where another server knows them
    """
    lists = form.mailing_list_ids.filtered(lambda place: boxes["lists"][str(place.id)])
    client = client or public_page.evidence()
    names = box_names(form.mailing_list_ids)
    seen = {names.get(key, key): ticked for key, ticked in boxes["lists"].items()}
    further = dict(boxes["media"])
    reactions = bool(form.offer_reactions and reactions_wording and boxes["reactions"])
    if form.offer_reactions and reactions_wording:
        # called like another box, it would take that one's place in the evidence
        while reactions_wording in {*seen, *TAKEN}:
            reactions_wording += " "
        further[reactions_wording] = reactions
    lang = evidence.get("lang")
    media = {
        m: (detail or "")[:LENGTH] for m, ticked in boxes["media"].items() if ticked
    }
    opened, _refused = request.env["newsletter.consent.request"]._open(
        [(email or "")[:LENGTH]],
        form.company_id,
        lists,
        origin="web" if evidence.pop("web", False) else "form",
        form=form,
        lang=lang,
        name=(name or "")[:LENGTH],
        media=media,
        reactions=reactions,
        evidence={
            **evidence,
            "boxes": json.dumps({**seen, **further}, ensure_ascii=False),
            "method": request.httprequest.method,
            **client,
        },
    )
    if shown and opened:
        shown._note_shown()
