"""Forms by which people ask for a newsletter, and the wordings they are shown."""

import hashlib
import secrets
from urllib.parse import urlsplit

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from .newsletter_consent import MEDIA

#: a change of these is another form in the proof
_SHOWN = {
    "name",
    "purpose",
    "mailing_list_ids",
    "wording_ids",
    "ask_name",
    "offer_phone",
    "offer_text",
    "offer_messenger",
    "offer_post",
    "offer_reactions",
    "privacy_url",
    "imprint_url",
    "one_step",
}


class NewsletterConsentForm(models.Model):
    """What a person is asked, by which company, for which lists, in which words.

    The same form serves a page of our own, a snippet for other pages, and web forms of
    the organisation that send their data as JSON.
    """

    _name = "newsletter.consent.form"
    _description = "Newsletter Form"
    _order = "name, id"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        default=lambda self: self.env.company,
        help="The sender whom the person allows to write.",
    )
    purpose = fields.Char(
        required=True,
        translate=True,
        help="What the person will receive: the products, services or subjects.",
    )
    mailing_list_ids = fields.Many2many(
        "mailing.list",
        string="Mailing Lists",
        help="One box for each list. Without a list the person agrees to what the "
        "purpose says, as a general consent.",
    )
    wording_ids = fields.One2many("newsletter.consent.wording", "form_id")
    ask_name = fields.Boolean(help="Offer fields for the name. They stay optional.")
    offer_phone = fields.Boolean(string="Box for Phone")
    offer_text = fields.Boolean(string="Box for Text Messages")
    offer_messenger = fields.Boolean(string="Box for Messengers")
    offer_post = fields.Boolean(string="Box for Post")
    offer_reactions = fields.Boolean(
        string="Box for Opens and Clicks",
        help="A box of its own, with its own wording, by which people allow that the "
        "tool records who opens and clicks. Nobody needs to tick it.",
    )
    privacy_url = fields.Char(string="Privacy Notice")
    imprint_url = fields.Char(string="Imprint")
    version = fields.Integer(
        default=1,
        readonly=True,
        copy=False,
        help="Goes up with each change of what people see.",
    )
    key = fields.Char(
        required=True,
        readonly=True,
        copy=False,
        default=lambda self: secrets.token_urlsafe(16),
        help="The part of the address that names this form. It is no secret.",
    )
    one_step = fields.Boolean(
        string="Confirm by Opening the Link",
        help="Without a page with a button. Mail scanners open links too, so this "
        "proves less, and the evidence says so.",
    )
    expiry_days = fields.Integer(
        string="Link Valid for (Days)", default=7, required=True
    )
    reminder_days = fields.Integer(
        string="Remind After (Days)", default=0, help="0: no reminder."
    )
    template_id = fields.Many2one(
        "mail.template",
        string="Confirmation Mail",
        domain="[('model', '=', 'newsletter.consent.request')]",
        help="Empty: the mail that comes with this addon.",
    )
    allowed_origins = fields.Text(
        string="Allowed Web Sites",
        help="Web sites whose pages may send this form, one address a line, such as "
        "https://www.example.org. Forms on your web server need none.",
    )
    require_api_key = fields.Boolean(
        string="Ask for an API Key",
        help="For web servers that send the form themselves. A key must not stand in a "
        "page that everybody can read.",
    )
    api_key_digest = fields.Char(
        copy=False, groups="newsletter_sync.group_administrator"
    )
    has_api_key = fields.Boolean(compute="_compute_has_api_key")
    request_count = fields.Integer(compute="_compute_request_count")

    _key_once = models.UniqueIndex("(key)", "This key names another form.")
    _expiry_limit = models.Constraint(
        "CHECK(expiry_days BETWEEN 1 AND 14)",
        "A link to confirm is valid for 1 to 14 days.",
    )
    _reactions_seen = models.Constraint(
        "CHECK(NOT (one_step AND offer_reactions))",
        "The box for opens and clicks needs the page with the button: only there the "
        "person sees what was ticked before it counts.",
    )
    _reminder_limit = models.Constraint(
        "CHECK(reminder_days >= 0 AND reminder_days < expiry_days)",
        "A reminder has to come before the link expires.",
    )

    def _compute_has_api_key(self):
        # sudo: that there is a key is no secret
        for form in self:
            form.has_api_key = bool(form.sudo().api_key_digest)

    def _compute_request_count(self):
        counts = dict(
            self.env["newsletter.consent.request"]._read_group(
                [("form_id", "in", self.ids)], ["form_id"], ["__count"]
            )
        )
        for form in self:
            form.request_count = counts.get(form, 0)

    @api.constrains("allowed_origins")
    def _check_allowed_origins(self):
        for form in self:
            for origin in form._origins():
                parts = urlsplit(origin)
                if parts.scheme not in ("https", "http") or not parts.hostname:
                    raise ValidationError(
                        self.env._(
                            "“%s” is no address of a web site. Write it like "
                            "https://www.example.org, without a path.",
                            origin,
                        )
                    )
                if parts.path.strip("/") or parts.query:
                    raise ValidationError(
                        self.env._(
                            "Leave out the path: %s",
                            f"{parts.scheme}://{parts.netloc}",
                        )
                    )

    @api.constrains("privacy_url", "imprint_url")
    def _check_links(self):
        for form in self:
            for link in (form.privacy_url, form.imprint_url):
                if link and urlsplit(link).scheme not in ("http", "https"):
                    raise ValidationError(
                        self.env._(
                            "“%s” is no web address. It has to begin with https://.",
                            link,
                        )
                    )

    def _origins(self):
        """The allowed origins as browsers spell them."""
        self.ensure_one()
        lines = (self.allowed_origins or "").split()
        return [line.rstrip("/").lower() for line in lines]

    def write(self, vals):
        result = super().write(vals)
        if _SHOWN & set(vals):
            for form in self:
                form.version += 1
        return result

    def _media(self):
        """{medium: its label} of the further ways that this form offers."""
        self.ensure_one()
        labels = dict(
            self.env["newsletter.consent"]
            ._fields["medium"]
            ._description_selection(self.env)
        )
        return {
            medium: labels[medium]
            for medium, _label in MEDIA
            if medium != "email" and self[f"offer_{medium}"]
        }

    # --- wordings -----------------------------------------------------------------
    def _wording(self, lang):
        """The newest wording in a language, else in the company's, else any."""
        self.ensure_one()
        wordings = self.wording_ids.sorted("version", reverse=True)
        for code in (lang, self.company_id.partner_id.lang, False):
            found = wordings.filtered(lambda w, code=code: not code or w.lang == code)
            if found:
                return found[0]
        return wordings

    def _ready(self):
        """Whether people may be shown the form: there is something to agree to."""
        return bool(self.active and self.wording_ids)

    # --- the key of a web server --------------------------------------------------
    def action_new_api_key(self):
        """Make a key and show it once; only its hash is kept."""
        self.ensure_one()
        self.check_access("write")
        token = secrets.token_urlsafe(32)
        self.write({"api_key_digest": self._digest(token), "require_api_key": True})
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("New API key"),
            "res_model": "newsletter.consent.form.key",
            "view_mode": "form",
            "target": "new",
            # shown, never stored
            "context": {"default_token": token},
        }

    @api.model
    def _digest(self, token):
        purpose = "newsletter-form-key"
        return hashlib.sha256(f"{purpose}:{token}".encode()).hexdigest()

    def action_open_requests(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "newsletter_sync.action_newsletter_consent_request"
        )
        return {**action, "domain": [("form_id", "=", self.id)], "context": {}}


class NewsletterConsentWording(models.Model):
    """The words of the box, one version of one language; never changed once shown."""

    _name = "newsletter.consent.wording"
    _description = "Wording of a Newsletter Form"
    _order = "form_id, lang, version desc"
    _rec_name = "version"

    form_id = fields.Many2one(
        "newsletter.consent.form", required=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(related="form_id.company_id", store=True)
    lang = fields.Selection(
        lambda self: self.env["res.lang"].get_installed(),
        string="Language",
        required=True,
        default=lambda self: self.env.lang,
    )
    version = fields.Integer(readonly=True, copy=False)
    text = fields.Text(
        required=True,
        help="The full text beside the box: who writes, what, how often, by which way, "
        "and that it can be ended at any time.",
    )
    reactions_text = fields.Text(
        string="Wording for Opens and Clicks",
        help="The text beside the box for opens and clicks: who records what, what "
        "for, and how it can be ended.",
    )
    shown = fields.Boolean(
        readonly=True, copy=False, help="Somebody has agreed to it or was asked."
    )

    _version_once = models.UniqueIndex(
        "(form_id, lang, version)", "There is a wording with this version."
    )

    @api.model_create_multi
    def create(self, vals_list):
        """Each language of a form counts its versions by itself."""
        latest, rows = {}, []
        for vals in vals_list:
            lang = vals.get("lang") or self.env.lang
            place = (vals.get("form_id"), lang)
            if place not in latest:
                known = [("form_id", "=", place[0]), ("lang", "=", lang)]
                newest = self.search(known, order="version desc", limit=1)
                latest[place] = newest.version
            latest[place] += 1
            rows.append({**vals, "lang": lang, "version": latest[place]})
        return super().create(rows)

    def write(self, vals):
        words = {"text", "reactions_text"} & set(vals)
        if any(
            wording.shown and (wording[name] or "") != (vals[name] or "")
            for wording in self
            for name in words
        ):
            raise UserError(
                self.env._(
                    "People have agreed to this wording already. Add a new version "
                    "instead; the newest one is shown."
                )
            )
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_unless_shown(self):
        if any(wording.shown for wording in self):
            raise UserError(
                self.env._("People have agreed to this wording. It is kept as proof.")
            )

    def _label(self):
        """How the proof names this wording."""
        self.ensure_one()
        return f"{self.version} ({self.lang})"

    def _note_shown(self):
        """From now on it is proof; the first time only, lest rows be fought over."""
        # sudo: said by a visitor's request
        fresh = self.sudo().filtered(lambda wording: not wording.shown)
        if fresh:
            fresh.shown = True
