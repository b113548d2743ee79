"""The stage of the whole circle: a form, a coupled list, a mail server, a tool."""

from __future__ import annotations

import json
import os
import re
import time
from pathlib import Path

#: people and lists as in a German association; the list transmits who confirms
WORLD = """
languages = env["res.lang"].with_context(active_test=False)
german = languages.search([("code", "=", "de_DE")])
env["base.language.install"].create({"lang_ids": german.ids}).lang_install()
parameters = env["ir.config_parameter"]
parameters.set_param("newsletter_sync.allow_loopback_tools", "1")
parameters.set_param("web.base.url", "BASE")
parameters.set_param("web.base.url.freeze", "1")
env["ir.mail_server"].create({
    "name": "Local", "smtp_host": "127.0.0.1", "smtp_port": SMTP,
    "smtp_encryption": "none", "smtp_authentication": "login"})
env.company.write({
    "name": "Bürgerverein Beispielstadt", "email": "buero@example.org",
    "phone": "+49 30 23125000", "street": "Am Markt 1", "zip": "12345",
    "city": "Beispielstadt"})
env.company.partner_id.lang = "de_DE"
env.user.group_ids += env.ref("newsletter_sync.group_privacy")
connection = env["newsletter.connection"].create(
    {"name": "CleverReach", "provider": "cleverreach"})
login = {"login": "client_credentials", "client_id": "sandbox-id",
         "client_secret": "sandbox-secret", "base_url": "TOOL"}
for line in connection.credential_ids:
    line["secret_input" if line.kind == "secret" else "value"] = login.get(line.name)
env.cr.commit()
connection.action_test()
env.cr.commit()
connection.invalidate_recordset()
club, courses = env["mailing.list"].create([
    {"name": "Vereinsbrief", "is_public": True, "newsletter_push_confirmed": True},
    {"name": "Kurse und Fahrten", "is_public": True}])
coupling = env["newsletter.coupling"].create({
    "remote_list_id": connection.remote_list_ids[:1].id, "mailing_list_id": club.id,
    "direction": "both"})
form = env["newsletter.consent.form"].create({
    "name": "Our newsletter", "purpose": "News about events, courses and the town",
    "mailing_list_ids": [(6, 0, club.ids)], "ask_name": True,
    "privacy_url": "https://www.example.org/privacy",
    "imprint_url": "https://www.example.org/imprint",
    "wording_ids": [
        (0, 0, {"lang": "en_US", "text": "Yes, Bürgerverein Beispielstadt may send me "
            "its newsletter by e-mail, about once a month: events, courses and news "
            "from the town. I can end this at any time, by the link in each mail."}),
        (0, 0, {"lang": "de_DE", "text": "Ja, der Bürgerverein Beispielstadt darf mir "
            "etwa einmal im Monat seinen Newsletter per E-Mail schicken: "
            "Veranstaltungen, Kurse und Neues aus der Stadt. Das kann ich jederzeit "
            "beenden, mit dem Link in jeder Mail."})]})
form.with_context(lang="de_DE").write({
    "name": "Unser Newsletter",
    "purpose": "Neues über Veranstaltungen, Kurse und die Stadt"})
env["res.users"].create({
    "name": "Clara Kreis", "login": "kreis", "password": "kreis-kreis", "lang": "de_DE",
    "group_ids": [(4, env.ref(name).id) for name in (
        "base.group_user", "base.group_partner_manager",
        "mass_mailing.group_mass_mailing_user", "newsletter_sync.group_administrator",
        "newsletter_sync.group_privacy")]})
env.cr.commit()
env.registry.signal_changes()
print("FORM", form.key)
"""

#: a newsletter, sent by Odoo to everybody on the list
MAILING = """
mailing = env["mailing.mailing"].create({
    "subject": "SUBJECT", "mailing_model_id": env["ir.model"]._get_id("mailing.list"),
    "body_html": "<p>Das Sommerfest ist am 12. Juni.</p>"
        "<p><a href='/unsubscribe_from_list'>Abmelden / Unsubscribe</a></p>",
    "contact_list_ids": [
        (6, 0, env["mailing.list"].search([("name", "=", "Vereinsbrief")]).ids)]})
mailing.action_send_mail()
"""

#: all that a click could change, as one text
STATE = """
SELECT json_build_object(
    'consents', (SELECT json_agg(json_build_array(email, state, basis)
                                 ORDER BY id) FROM newsletter_consent),
    'evidence', (SELECT count(*) FROM newsletter_consent_event),
    'leavings', (SELECT count(*) FROM newsletter_leaving),
    'subscriptions', (SELECT json_agg(json_build_array(contact_id, list_id, opt_out)
                                      ORDER BY id) FROM mailing_subscription),
    'blocked', (SELECT count(*) FROM mail_blacklist WHERE active),
    'unwilling', (SELECT count(*) FROM res_partner WHERE no_marketing_email))
"""


def links(message) -> list[str]:
    """Every address in a mail that somebody or a machine could open."""
    texts = [str(message["List-Unsubscribe"] or "")]
    texts += [
        part.get_content()
        for part in message.walk()
        if part.get_content_maintype() == "text"
    ]
    found = re.findall(r"""https?://[^\s"'<>]+""", "\n".join(texts))
    return list(dict.fromkeys(found))


class Circle:
    """What one asks of Odoo and of the tool, without a screen between."""

    def __init__(self, environment, database: str, sandbox, form: str):
        self._environment = environment
        self._database = database
        self._sandbox = sandbox
        self.form = f"/newsletter/subscribe/{form}"

    def state(self) -> dict:
        """All that a click could change, read behind Odoo's back."""
        return json.loads(self._environment.postgres.sql(STATE, self._database))

    def consent(self, email: str) -> str:
        """The state of the address's consent."""
        states = [row[1] for row in self.state()["consents"] or [] if row[0] == email]
        return states[-1] if states else "none"

    def in_tool(self, email: str) -> str:
        """The status that the tool has of an address, "" for a stranger."""
        members = self._sandbox.store.memberships("cleverreach", email)
        return members[0].status if members else ""

    def wait_for_proof(self, email: str, kind: str) -> None:
        """Until the evidence of an address has a piece of the kind."""
        pieces = (
            "SELECT count(*) FROM newsletter_consent_event"
            f" WHERE email = '{email}' AND kind = '{kind}'"
        )
        _wait(lambda: self._environment.postgres.sql(pieces, self._database) != "0")

    def wait_for(self, email: str, status: str) -> None:
        """Until the tool says so; Odoo's own scheduler does the work."""
        _wait(lambda: self.in_tool(email) == status)


def _wait(is_so, seconds: float = 90) -> None:
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, "it did not come"
        time.sleep(0.2)


def keep(page, name: str) -> None:
    """Keep a picture for the docs, if somebody asked for it by a folder's name."""
    folder = os.environ.get("NEWSLETTER_PICTURES")
    if folder:
        page.screenshot(path=Path(folder) / f"{name}.png")
