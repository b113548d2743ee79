"""What all public pages have in common: plain, private, without foreign parts."""

import math
import threading
import time

from odoo.http import request

from ..sync.rate_limit import Buckets

#: no scripts, nothing from elsewhere, no trace of the link in anybody's log
HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; "
        "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    ),
}

#: links that are not known, of one client and worker; who is not guessing tries a few
_UNKNOWN = Buckets(capacity=30, per_second=0.5)
#: presses of the buttons behind one link; nobody leaves sixty times a minute
_PRESSED = Buckets(capacity=60, per_second=1)
_LOCK = threading.Lock()


def unknown(template):
    """The page for a link that is not known; guessing is slowed down.

    Only guesses count, and no known link is ever refused because of them: behind one
    address there may be a whole company, and whoever wants to leave can.
    """
    wait = _wait(_UNKNOWN, request.httprequest.remote_addr)
    return slower(wait) if wait else render(template, status=404)


def too_often(link):
    """Seconds to wait before the buttons behind a link are pressed again, mostly 0.

    :param link: the record that the link stands for
    """
    return _wait(_PRESSED, (link._name, link.id))


def slower(seconds):
    """The answer to somebody who is too quick; cheap, for that is its purpose."""
    return request.make_response(
        request.env._("Too many tries. Please wait a moment, then try again."),
        status=429,
        headers=[
            *HEADERS.items(),
            ("Content-Type", "text/plain; charset=utf-8"),
            ("Retry-After", str(math.ceil(seconds))),
        ],
    )


def _wait(buckets, key):
    with _LOCK:
        return buckets.wait(key, time.monotonic())


def render(template, values=None, *, lang=None, company=None, status=200):
    """A page in the person's language, within ``newsletter_sync.public_layout``.

    :param lang: code of a language of the person; else the browser's wish decides
    :param company: whose name stands above, the present one by default
    """
    if lang and lang in dict(request.env["res.lang"].get_installed()):
        request.update_context(lang=lang)
    response = request.render(
        template,
        {
            # sudo: the name of the sender, for a visitor
            "sender": (company or request.env.company).sudo(),
            "html_lang": (request.env.lang or "en").replace("_", "-"),
            **(values or {}),
        },
        status=status,
        headers=list(HEADERS.items()),
    )
    # here and now, in the language just chosen, and so that failures are ours
    response.flatten()
    return response


def evidence():
    """Who asked, for the proof; erased after some months like all of its kind."""
    return request.env["newsletter.consent.request"]._visitor()
