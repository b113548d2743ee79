"""A form, its mail and the clicks, for tests of the double opt-in."""

import re
from datetime import timedelta
from unittest.mock import patch

from odoo import fields

from odoo.addons.mail.tests.common import MockEmail

WORDING = {
    "en_US": "Yes, I want the newsletter of My Club by e-mail, once a month.",
    "de_DE": "Ja, ich möchte den Newsletter des Vereins per E-Mail, einmal im Monat.",
}
ANNA, EVA = "anna@example.org", "eva@example.org"


class OptInMixin(MockEmail):
    """Mails are built as for sending, and caught."""

    def _later(self, **delta):
        """The clock of the addon, moved."""
        now = fields.Datetime.now() + timedelta(**delta)
        return patch.object(fields.Datetime, "now", lambda *_args: now)

    def _make_form(self, **values):
        """A form for one list, worded in English and German."""
        self.env["res.lang"]._activate_lang("de_DE")
        self.club = self.env["mailing.list"].create({"name": "Club news"})
        self.env.company.email = "office@example.com"
        form = self.env["newsletter.consent.form"].create(
            {
                "name": "Newsletter of the club",
                "purpose": "News about courses and events",
                "mailing_list_ids": [(6, 0, self.club.ids)],
                "wording_ids": [
                    (0, 0, {"lang": lang, "text": text})
                    for lang, text in WORDING.items()
                ],
                **values,
            }
        )
        self.env.flush_all()
        return form

    def _ask(self, *emails, form=None, origin="form", **values):
        """Ask for addresses as the page does; what was refused and why."""
        lists = values.pop("lists", form.mailing_list_ids if form else None)
        return self.env["newsletter.consent.request"]._open(
            emails, self.env.company, lists, origin=origin, form=form, **values
        )

    def _deliver(self):
        """Send what is queued: [(mail as built, link to confirm)]."""
        mails = self.env["mail.mail"].search([("newsletter_request_id", "!=", False)])
        with self.mock_mail_gateway(mail_unlink_sent=True):
            mails.filtered(lambda mail: mail.state == "outgoing").send()
        self.env.flush_all()
        self.env.invalidate_all()
        return [(mail, self._link(mail["body"])) for mail in self._mails]

    @staticmethod
    def _link(body):
        """The link to confirm in a mail."""
        return re.search(r'https?://[^"<\s]+/newsletter/confirm/[\w-]+', body).group()

    def _token(self, link):
        return link.rpartition("/")[2]

    def _confirm(self, link, method="POST"):
        """The click, without a browser."""
        token = self._token(link)
        request = self.env["newsletter.consent.request"]._find(token)
        return request._confirm(token, method, {"ip": "192.0.2.9"})

    def _of(self, email=ANNA, mailing_list=None):
        """The consent of an address."""
        return self.env["newsletter.consent"]._for_address(
            email, mailing_list=mailing_list
        )

    def _requests(self, email=ANNA):
        return self.env["newsletter.consent.request"].search([("email", "=", email)])
