"""What all public pages have in common: plain, private, without foreign parts."""

from odoo.http import request

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
    return {
        "ip": request.httprequest.remote_addr or False,
        "user_agent": (request.httprequest.user_agent.string or "")[:255] or False,
    }
