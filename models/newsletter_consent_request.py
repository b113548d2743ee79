"""One request for a consent: asked for, mailed, confirmed by one press of a button."""

import hashlib
import json
import secrets
from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from ..sync.address import masked, parse
from ..sync.reactions import box
from .newsletter_consent_refusal import BY_PERSON

STATES = [
    ("open", "Waiting for the click"),
    ("confirmed", "Confirmed"),
    ("settled", "Settled by another click"),
    ("expired", "Expired"),
    ("bounced", "Undeliverable"),
]

ORIGINS = [
    ("form", "Form"),
    ("web", "Form of the web site"),
    ("page", "Odoo's own page"),
    ("staff", "Staff"),
    ("import", "Import"),
    ("api", "Other program"),
    ("renewal", "Renewal"),
]


class NewsletterConsentRequest(models.Model):
    """From the request to the click. What is proven stands in the evidence.

    The link's token exists in the mail alone; here is its hash, bound to its purpose.
    """

    _name = "newsletter.consent.request"
    _inherit = ["newsletter.consent.refusal"]
    _description = "Request for a Consent"
    _order = "id desc"
    _rec_name = "email"
    _check_company_auto = True

    email = fields.Char(string="E-mail", required=True, readonly=True, index=True)
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True
    )
    form_id = fields.Many2one(
        "newsletter.consent.form",
        readonly=True,
        ondelete="restrict",
        index="btree_not_null",
        check_company=True,
    )
    consent_ids = fields.Many2many(
        "newsletter.consent",
        "newsletter_consent_request_rel",
        "request_id",
        "consent_id",
        string="Consents",
        readonly=True,
        ondelete="restrict",
    )
    mailing_list_ids = fields.Many2many(
        "mailing.list", compute="_compute_mailing_list_ids", string="Mailing Lists"
    )
    state = fields.Selection(
        STATES, required=True, default="open", readonly=True, index=True
    )
    origin = fields.Selection(ORIGINS, required=True, readonly=True)
    lang = fields.Char(string="Language", readonly=True)
    name = fields.Char(string="Name of the Person", readonly=True)
    requested_at = fields.Datetime(required=True, readonly=True)
    expires_at = fields.Datetime(required=True, readonly=True)
    mailed_at = fields.Datetime(readonly=True)
    mail_result = fields.Char(
        readonly=True, help="What the mail server said when it got the mail."
    )
    reminded_at = fields.Datetime(readonly=True)
    ended_at = fields.Datetime(readonly=True)
    message_id = fields.Char(readonly=True, index="btree_not_null")
    user_id = fields.Many2one("res.users", string="Requested by", readonly=True)
    note = fields.Text(readonly=True, help="How the person asked for it.")
    token_digest = fields.Char(readonly=True, groups="base.group_system")
    reminder_digest = fields.Char(readonly=True, groups="base.group_system")

    _token_once = models.UniqueIndex("(token_digest)", "A token is used once.")
    _reminder_once = models.UniqueIndex(
        "(reminder_digest) WHERE reminder_digest IS NOT NULL", "A token is used once."
    )

    @api.depends("consent_ids")
    def _compute_mailing_list_ids(self):
        for request in self:
            request.mailing_list_ids = request.consent_ids.mailing_list_id

    # --- asking -------------------------------------------------------------------
    @api.model
    def _open(
        self,
        emails,
        company,
        lists=None,
        origin="api",
        form=None,
        lang=None,
        name="",
        note="",
        media=None,
        evidence=None,
        reactions=False,
    ):
        """Ask for a consent: evidence, pending state, confirmation mail.

        Nothing is asked of people who objected, unless it is they who ask; and nobody
        is asked too often, nor many people by one visitor. Harmless for whoever has a
        consent already: a request lowers nothing.

        :param emails: addresses as typed
        :param lists: ``mailing.list`` records; None or empty: the general consent
        :param origin: a key of ``ORIGINS``
        :param form: the ``newsletter.consent.form`` that was shown
        :param media: {medium: number or postal address} agreed to besides e-mail
        :param evidence: further fields of ``newsletter.consent.event``: wording and its
            version, page_url, boxes, ip, user_agent … Where the person asks, the limit
            of a visitor is about this ``ip``.
        :param reactions: whether the person ticked the box for opens and clicks; where
            it is not they who ask, nobody ticked anything
        :return: (requests, {address as typed: key of ``REFUSALS``})
        """
        # sudo: what is asked and by whom was decided by the caller
        requests = self.sudo()
        attempts = self.env["newsletter.consent.attempt"]
        if origin in BY_PERSON and not attempts._allow(
            "client", (evidence or {}).get("ip") or "?", company
        ):
            # not logged: a flood would fill the log instead of the mailboxes
            return self.browse(), dict.fromkeys(emails, "limited")
        refused = requests._refusals(emails, company, lists, origin)
        asked = {raw: parse(raw).email for raw in emails if raw not in refused}
        rows, pieces = [], []
        for raw, email in asked.items():
            if not attempts._allow("address", email, company):
                refused[raw] = "limited"
                continue
            spoken = requests._language(lang, email, company)
            purpose = (evidence or {}).get("purpose")
            if form:
                purpose = form.with_context(lang=spoken).purpose
            mine = requests._consents_of(email, company, lists, media, purpose)
            values = (mine, email, company, origin, form, spoken, name, note)
            rows.append(
                {
                    **requests._values(*values),
                    "reactions": reactions and origin in BY_PERSON,
                }
            )
            pieces.append(raw)
        tokens = [row.pop("token") for row in rows]
        opened = requests.create(rows)
        for request, raw, token in zip(opened, pieces, tokens, strict=True):
            request._record_request(raw, media, evidence or {})
            request._send(token)
        self._log_refused(refused, company)
        return opened.with_env(self.env), refused

    @api.model
    def _consents_of(self, email, company, lists, media, purpose):
        """A consent for each list and medium, made where there is none."""
        consents = self.env["newsletter.consent"]
        mine = consents.browse()
        for place in list(lists or []) or [self.env["mailing.list"]]:
            for medium in ("email", *(media or {})):
                mine |= consents._for_address(email, company, place, medium)
        if purpose:
            mine.filtered(lambda c: c.state == "none").write({"purpose": purpose})
        return mine

    @api.model
    def _values(self, consents, email, company, origin, form, lang, name, note):
        """The values of a new request, with its token beside."""
        token = secrets.token_urlsafe(32)
        now = fields.Datetime.now()
        days = form.expiry_days if form else 7
        return {
            "token": token,
            "token_digest": self._digest(token),
            "email": email,
            "company_id": company.id,
            "form_id": form.id if form else False,
            "consent_ids": [(6, 0, consents.ids)],
            "origin": origin,
            "lang": lang,
            "name": name or False,
            "note": note or False,
            "requested_at": now,
            "expires_at": now + timedelta(days=days),
            "user_id": False if origin in BY_PERSON else self.env.uid,
        }

    @api.model
    def _digest(self, token):
        """What is stored of a token; it opens this door and no other."""
        return hashlib.sha256(f"newsletter-consent:{token}".encode()).hexdigest()

    @api.model
    def _language(self, lang, email, company):
        """The person's language among those that are installed."""
        installed = dict(self.env["res.lang"].get_installed())
        partner = self.env["res.partner"].search(
            [("email_normalized", "=", email), ("lang", "!=", False)],
            order="id",
            limit=1,
        )
        for code in (lang, partner.lang, company.partner_id.lang):
            if code in installed:
                return code
        return self.env.lang or "en_US"

    def _record_request(self, raw, media, evidence):
        """The evidence of what was asked, and that it is pending now."""
        self.ensure_one()
        form = self.form_id.with_context(lang=self.lang)
        known = {
            "email_typed": raw,
            "lang": self.lang,
            "request_number": self.id,
            "token_digest": self.token_digest,
            "source": dict(self._fields["origin"]._description_selection(self.env))[
                self.origin
            ],
            "note": self.note,
            "lists": json.dumps(
                self.mailing_list_ids.mapped("name"), ensure_ascii=False
            ),
            "purpose": self.consent_ids[:1].purpose,
            **evidence,
        }
        if form:
            known["form_version"] = f"{form.name} ({form.id}), {form.version}"
        for consent in self.consent_ids:
            detail = (media or {}).get(consent.medium)
            consent._record(
                "request",
                at=self.requested_at,
                contact_detail=detail or False,
                **known,
            )

    # --- the click ----------------------------------------------------------------
    @api.model
    def _find(self, token):
        """The request of a token, with ``sudo``; empty if there is none.

        Found by its hash, so that no comparison tells how much of a guess was right.
        """
        digest = self._digest(token or "")
        return self.sudo().search(
            [
                "|",
                ("token_digest", "=", digest),
                ("reminder_digest", "=", digest),
            ],
            limit=1,
        )

    def _standing(self):
        """What the page says: open, confirmed, left (confirmed, withdrawn since) or
        expired."""
        self.ensure_one()
        if self.state in ("confirmed", "settled"):
            by_mail = self.consent_ids.filtered(lambda c: c.medium == "email")
            left = all(c.counts == "withdrawn" for c in by_mail)
            return "left" if by_mail and left else "confirmed"
        if self.state == "expired" or self.expires_at < fields.Datetime.now():
            return "expired"
        return "open"

    def _confirm(self, token, method, evidence):
        """The person has clicked: consents are confirmed, once.

        :param method: POST for the press of the button, GET for the weaker way
        :return: whether this click did it
        """
        self.ensure_one()
        # two clicks at once: the second waits, then sees the first one's work
        self.env.execute_query(
            SQL(
                "SELECT id FROM newsletter_consent_request WHERE id = %s FOR UPDATE",
                self.id,
            )
        )
        self.invalidate_recordset(["state"])
        if self._standing() != "open":
            return False
        known = {
            "request_number": self.id,
            "token_digest": self._digest(token),
            "method": method,
            "weaker": method == "GET",
            "lang": self.lang,
            **evidence,
        }
        by_mail = self.consent_ids.filtered(lambda c: c.medium == "email")
        # the weaker way does not show what was ticked before it counts
        extra = {"boxes": box()} if self.reactions and method == "POST" else {}
        by_mail._record("confirmation", channel="link", **known, **extra)
        # a click in a mail proves nothing about a telephone
        (self.consent_ids - by_mail)._record("declaration", channel="form", **known)
        self.write({"state": "confirmed", "ended_at": fields.Datetime.now()})
        self._settle_others(by_mail)
        self._come_back(by_mail)
        self.env["newsletter.event"]._log(
            "consent_confirmed",
            text=self.env._("%s has confirmed.", masked(self.email)),
            record=self,
            company_id=self.company_id.id,
        )
        return True

    def _settle_others(self, confirmed):
        """Earlier mails about the same are answered by this click as well."""
        others = self.search(
            [
                ("email", "=", self.email),
                ("company_id", "=", self.company_id.id),
                ("state", "in", ("open", "bounced")),
                ("id", "!=", self.id),
            ]
        ).filtered(
            lambda other: (
                other.consent_ids.filtered(lambda c: c.medium == "email") <= confirmed
            )
        )
        others.write({"state": "settled", "ended_at": fields.Datetime.now()})
