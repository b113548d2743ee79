"""Links by which people leave: they name the person and the lists, and nobody else can
make one."""

import hashlib
import hmac
from base64 import urlsafe_b64encode
from datetime import timedelta

from odoo import api, fields, models

from ..sync.address import parse

#: a link works at least so long after the mail that held it was sent
VALID = timedelta(days=365)
#: an older time of sending is renewed, one write a month instead of one each mail
RENEW = timedelta(days=30)


class NewsletterPreference(models.Model):
    """One address towards one company, perhaps about certain lists, and its link.

    The token is derived with the database's secret, 256 bit, and only its hash is
    stored: the table opens no door. It stays the same in each mail, so a million mails
    a week make no million rows a week; a secret that changes invalidates nothing.
    """

    _name = "newsletter.preference"
    _description = "Newsletter Preference Link"
    _rec_name = "email"

    email = fields.Char(required=True, index=True, readonly=True)
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True, ondelete="cascade"
    )
    mailing_list_ids = fields.Many2many(
        "mailing.list",
        readonly=True,
        help="The lists whose mail held the link. Empty: it is about everything.",
    )
    digest = fields.Char(required=True, readonly=True)
    sent_at = fields.Datetime(required=True, readonly=True)

    _digest_once = models.UniqueIndex("(digest)", "This link is known already.")

    # --- making -----------------------------------------------------------------------
    @api.model
    def _url(self, email, company, lists=None):
        """The page of one address; see ``_urls``."""
        return next(iter(self._urls([email], company, lists).values()), "")

    @api.model
    def _urls(self, emails, company, lists=None):
        """{address as given: URL of its preference page}; one-click takes it as well.

        :param lists: the ``mailing.list`` records that the mail was sent to, if any
        """
        lists = (lists or self.env["mailing.list"]).sorted("id")
        tokens = {}
        for raw in emails:
            email = parse(raw).email
            if email:
                tokens[raw] = (email, self._token(email, company, lists))
        self._issue(tokens.values(), company, lists)
        base = self.get_base_url()
        return {
            raw: f"{base}/newsletter/preferences/{token}"
            for raw, (_email, token) in tokens.items()
        }

    @api.model
    def _headers(self, email, company, lists=None):
        """Headers of a mail by which mail programs show an unsubscribe button.

        RFC 8058: both must be covered by the DKIM signature of the mail server.
        """
        url = self._url(email, company, lists)
        if not url:
            return {}
        return {
            "List-Unsubscribe": f"<{url}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        }

    @api.model
    def _token(self, email, company, lists):
        # sudo: the secret is nobody's to read
        secret = self.env["ir.config_parameter"].sudo().get_param("database.secret")
        places = ",".join(str(place) for place in lists.ids)
        purpose = f"newsletter-preferences:{company.id}:{places}:{email}"
        digest = hmac.new(secret.encode(), purpose.encode(), hashlib.sha256).digest()
        return urlsafe_b64encode(digest).decode().rstrip("=")

    @api.model
    def _fingerprint(self, token):
        return hashlib.sha256(token.encode()).hexdigest()

    @api.model
    def _issue(self, tokens, company, lists):
        """Remember the links that are about to be sent."""
        now = fields.Datetime.now()
        digests = {self._fingerprint(token): email for email, token in tokens}
        # sudo: links are made by code, for whoever sends a mail
        links = self.sudo()
        known = links.search([("digest", "in", list(digests))])
        known.filtered(lambda link: link.sent_at < now - RENEW).sent_at = now
        held = set(known.mapped("digest"))
        links.create(
            [
                {
                    "email": email,
                    "company_id": company.id,
                    "mailing_list_ids": [(6, 0, lists.ids)],
                    "digest": digest,
                    "sent_at": now,
                }
                for digest, email in digests.items()
                if digest not in held
            ]
        )

    # --- using ------------------------------------------------------------------------
    @api.model
    def _find(self, token):
        """The link of a token, with ``sudo``; empty if there is none.

        Found by its hash, so that no comparison tells how much of a guess was right.
        """
        return self.sudo().search(
            [("digest", "=", self._fingerprint(token or ""))], limit=1
        )

    def _subscribed_lists(self):
        """The lists that the page offers: those of the mail, and public ones that the
        address is on; the names of others are nobody's business."""
        self.ensure_one()
        subscriptions = self.env["mailing.subscription"].search(
            [
                ("contact_id.email_normalized", "=", self.email),
                ("opt_out", "=", False),
                ("list_id.active", "=", True),
            ]
        )
        return subscriptions.list_id.filtered(
            lambda place: place.is_public or place in self.mailing_list_ids
        )

    def _left_lists(self):
        """Lists of the link that the address is off already."""
        return self.mailing_list_ids - self._subscribed_lists()

    def _is_blocked(self):
        """Whether the address gets no marketing at all any more."""
        return bool(
            self.env["mail.blacklist"].search_count(
                [("email", "=", self.email)], limit=1
            )
        )

    def _language(self):
        """The language of the person, if a contact with the address has one."""
        partner = self.env["res.partner"].search(
            [("email_normalized", "=", self.email), ("lang", "!=", False)],
            order="id",
            limit=1,
        )
        return partner.lang

    def _unsubscribe(self, channel, lists, evidence):
        """Leave by this link; ``lists`` None means everything."""
        return self.env["newsletter.leaving"]._leave(
            [self.email],
            self.company_id,
            channel,
            lists=lists,
            evidence=evidence,
        )

    def _give_reason(self, text, optout_reason):
        """What the person says afterwards goes to what they have just left."""
        recent = self.env["newsletter.leaving"].search(
            [
                ("email", "=", self.email),
                ("company_id", "=", self.company_id.id),
                ("lifted_at", "=", False),
                ("create_date", ">=", fields.Datetime.now() - timedelta(days=1)),
            ]
        )
        reason = ": ".join(filter(None, (optout_reason.name, text)))
        if not reason:
            return
        recent.write({"reason": reason[:500]})
        if not optout_reason:
            return
        # Odoo's own statistics of reasons; the date is told, else it would move
        subscriptions = self.env["mailing.subscription"].with_context(
            newsletter_leaving=True
        )
        for row in subscriptions.search(
            [("contact_id.email_normalized", "=", self.email), ("opt_out", "=", True)]
        ):
            if not row.opt_out_reason_id:
                row.write(
                    {
                        "opt_out_reason_id": optout_reason.id,
                        "opt_out_datetime": row.opt_out_datetime,
                    }
                )

    @api.autovacuum
    def _gc_links(self):
        """Forget links that no mail of the last year held."""
        old = self.search([("sent_at", "<", fields.Datetime.now() - VALID)], limit=1000)
        old.unlink()
        return len(old), len(old) == 1000


class MailingMailing(models.Model):
    _inherit = "mailing.mailing"

    def _newsletter_own_links(self):
        """Whether mailings carry our links instead of Odoo's (on by default)."""
        # sudo: a system parameter, readable by the system only
        value = (
            self.env["ir.config_parameter"]
            .sudo()
            .get_param("newsletter_sync.own_unsubscribe_links", "1")
        )
        return value.lower() not in ("0", "false", "no")

    def _newsletter_preference_url(self, email_to):
        """Our page for a recipient of this mailing, "" where it cannot be made."""
        self.ensure_one()
        lists = self.env["mailing.list"]
        if self.mailing_on_mailing_list:
            lists = self.contact_list_ids
        company = self.newsletter_company_id or self.env.company
        return self.env["newsletter.preference"]._url(email_to, company, lists)

    def _get_unsubscribe_oneclick_url(self, email_to, res_id):
        """The one-click address (RFC 8058): the page itself, which takes the POST."""
        if self._newsletter_own_links():
            url = self._newsletter_preference_url(email_to)
            if url:
                return url
        return super()._get_unsubscribe_oneclick_url(email_to, res_id)

    def _get_unsubscribe_url(self, email_to, res_id):
        """The link in the text. Odoo's own unsubscribes whoever merely opens it, a
        virus scanner for instance; ours asks."""
        if self._newsletter_own_links():
            url = self._newsletter_preference_url(email_to)
            if url:
                return url
        return super()._get_unsubscribe_url(email_to, res_id)
