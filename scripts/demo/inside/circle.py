"""The circle of a consent inside Odoo: a coupled list with a form, mails, cases.

Whoever confirms is transmitted by itself. What people do is done from outside, by the
pages and links (``scripts/demo/circle.py``).
"""

from __future__ import annotations

import json
from pathlib import Path

from odoo import Command

from ....connectors.contract import ListDraft
from .organisation import MODULE

LIST = "Vereinsbrief"
_SERVER = "Demo"
_CORPUS = Path(__file__).resolve().parents[3] / "tests_pure" / "inbox" / "corpus"
#: mails of the corpus that a clerk finds in the mailbox
_MAILS = ("out_", "left_", "ooo_", "change_", "shop_", "dsn_", "arf_", "other_")
_WORDINGS = {
    "en_US": "Yes, Kulturverein Lindenhof may send me its newsletter by e-mail, about "
    "once a month: concerts, courses and news from the house. I can end this at any "
    "time, by the link in each mail.",
    "de_DE": "Ja, der Kulturverein Lindenhof darf mir etwa einmal im Monat seinen "
    "Newsletter per E-Mail schicken: Konzerte, Kurse und Neues aus dem Haus. Das kann "
    "ich jederzeit beenden, mit dem Link in jeder Mail.",
}


def prepare(env, tool_code: str, smtp_port: int, address: str, email: str) -> None:
    """Print ``{form, is_first}``; may be repeated, the ports are always the present.

    :param email: who goes the circle of this tool
    """
    env = env(user=env.ref("base.user_admin"))
    parameters = env["ir.config_parameter"]
    parameters.set_param("web.base.url", address)
    parameters.set_param("web.base.url.freeze", "1")
    _mail_server(env, smtp_port)
    coupling = _coupling(env, env.ref(f"{MODULE}.connection_{tool_code}"))
    form = _form(env, coupling.mailing_list_id)
    _cases(env)
    left = env["newsletter.leaving"].search_count([("email", "=", email)], limit=1)
    print(json.dumps({"form": form.key, "is_first": not left}))


def send(env, subject: str) -> None:
    """Send a mailing to the list, by Odoo."""
    mailing_list = env["mailing.list"].search([("name", "=", LIST)], limit=1)
    env["mailing.mailing"].create(
        {
            "subject": subject,
            "mailing_model_id": env["ir.model"]._get_id("mailing.list"),
            "contact_list_ids": [Command.set(mailing_list.ids)],
            "body_html": "<p>Am 12. Juni ist Sommerfest.</p>"
            "<p><a href='/unsubscribe_from_list'>Abmelden</a></p>",
        }
    ).action_send_mail()


def tell(env, email: str) -> None:
    """Print what is on file of an address: evidence and the accounts' receipts."""
    pieces = env["newsletter.consent.event"].search([("email", "=", email)], order="id")
    kinds = dict(pieces._fields["kind"]._description_selection(env))
    receipts = env["newsletter.leaving.receipt"].search([("email", "=", email)])
    chain = pieces.consent_id._evidence_chains()
    chain._check()
    print(
        json.dumps(
            {
                "evidence": [kinds[piece.kind] for piece in pieces],
                "intact": not any(chain.mapped("problem")),
                "receipts": [
                    f"{receipt.connection_id.name}: {receipt.proof}"
                    for receipt in receipts
                    if receipt.state == "done"
                ],
            }
        )
    )


def _mail_server(env, port: int) -> None:
    server = env["ir.mail_server"].search([("name", "=", _SERVER)])
    values = {
        "name": _SERVER,
        "smtp_host": "127.0.0.1",
        "smtp_port": port,
        "smtp_encryption": "none",
        "smtp_authentication": "login",
    }
    server.write(values) if server else server.create(values)


def _coupling(env, connection):
    """A list of Odoo's coupled with one of the tool."""
    remote = env["newsletter.remote.list"]
    known = [("connection_id", "=", connection.id), ("name", "=", LIST)]
    if not remote.search_count(known, limit=1):
        connector = connection._connector()
        if LIST not in {each.name for each in connector.lists()}:
            settings = connection._list_settings()
            connector.create_list(ListDraft(name=LIST, settings=settings))
        env.cr.commit()
        connection._refresh_lists()
        env.cr.commit()
        env.invalidate_all()
    mirror = remote.search(known, limit=1)
    coupling = env["newsletter.coupling"].search([("remote_list_id", "=", mirror.id)])
    if coupling:
        return coupling
    lists = env["mailing.list"]
    values = {"name": LIST, "is_public": True, "newsletter_push_confirmed": True}
    mailing_list = lists.search([("name", "=", LIST)], limit=1) or lists.create(values)
    return coupling.create(
        {
            "remote_list_id": mirror.id,
            "mailing_list_id": mailing_list.id,
            "direction": "both",
        }
    )


def _form(env, mailing_list):
    forms = env["newsletter.consent.form"]
    form = forms.search([("mailing_list_ids", "in", mailing_list.ids)], limit=1)
    if form:
        return form
    form = forms.create(
        {
            "name": "Our newsletter",
            "purpose": "Concerts, courses and news from the house",
            "mailing_list_ids": [Command.set(mailing_list.ids)],
            "ask_name": True,
            "wording_ids": [
                Command.create({"lang": lang, "text": text})
                for lang, text in _WORDINGS.items()
            ],
        }
    )
    form.with_context(lang="de_DE").write(
        {
            "name": "Unser Newsletter",
            "purpose": "Konzerte, Kurse und Neues aus dem Haus",
        }
    )
    return form


def _cases(env) -> None:
    """Some answers to newsletters, through the mail gateway."""
    if env["newsletter.case"].search_count([], limit=1):
        return
    found = sorted((_CORPUS / "train").glob("*.eml"))
    for start in _MAILS:
        for path in [each for each in found if each.name.startswith(start)][:2]:
            env["mail.thread"].message_process("newsletter.case", path.read_bytes())
