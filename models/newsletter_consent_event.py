"""The pieces of evidence for a consent: written once, chained, read under the eyes."""

import hashlib

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..sync.address import masked
from .newsletter_consent import MEDIA

KINDS = [
    ("request", "Request"),
    ("mail", "Confirmation mail"),
    ("confirmation", "Confirmation"),
    ("declaration", "Declaration on a form"),
    ("staff", "Recorded by staff"),
    ("import", "Taken over"),
    ("customer", "Existing customer"),
    ("tool", "Proof of the newsletter tool"),
    ("expiry", "Not confirmed in time"),
    ("withdrawal", "Withdrawal"),
    ("note", "Note"),
]

ORIGINS = [
    ("own", "Own procedure"),
    ("provider", "Newsletter tool"),
    ("staff", "Staff"),
    ("import", "Import"),
]

#: how a piece came about, where it is not told
_ORIGIN_OF = {"staff": "staff", "customer": "staff", "import": "import"}

#: erased early: enters the chain as a salted digest of its own
TRACE = ("ip", "user_agent")

#: erased with a request that nobody confirmed: likewise
CONTENT = (
    "email_typed",
    "wording",
    "wording_version",
    "wording_digest",
    "lang",
    "page_url",
    "form_version",
    "boxes",
    "lists",
    "purpose",
    "source",
    "source_system",
    "import_file",
    "vouched_by",
    "message_id",
    "subject",
    "body",
    "delivery",
    "token_digest",
    "method",
    "weaker",
    "channel",
    "reason",
    "note",
    "document_name",
    "user_name",
    "contact_detail",
)

_TEXTS = frozenset({*CONTENT, *TRACE})

#: stays as long as the piece of evidence itself
FACTS = ("email", "kind", "origin", "list_name", "medium", "request_number")


class NewsletterConsentEvent(models.Model):
    """One piece of evidence. Never changed, never deleted; corrections are new ones.

    The table is guarded by a trigger (``newsletter_consent_guard``). A stored field
    that is added later must not be filled for old rows: nothing may be updated here.
    """

    _name = "newsletter.consent.event"
    _description = "Evidence of a Consent"
    _order = "consent_id, id"
    _rec_name = "kind"
    # who changed a row and when would be columns that change; ``user_id`` is evidence
    _log_access = False

    consent_id = fields.Many2one(
        "newsletter.consent", required=True, ondelete="restrict", index=True
    )
    company_id = fields.Many2one("res.company", required=True, index=True)
    date = fields.Datetime(required=True, help="When it happened (UTC in the proof).")
    recorded_at = fields.Datetime(
        required=True, help="When it was written down, by the clock of the server."
    )
    kind = fields.Selection(KINDS, required=True)
    origin = fields.Selection(
        ORIGINS,
        required=True,
        default="own",
        help="Whose procedure it comes from. What staff or an import recorded is "
        "never a double opt-in.",
    )
    email = fields.Char(required=True)
    email_typed = fields.Char(string="As Typed")
    list_name = fields.Char(string="Mailing List")
    medium = fields.Selection(MEDIA)
    # --- what was agreed to
    wording = fields.Text(help="The full text that the person agreed to.")
    wording_version = fields.Char()
    wording_digest = fields.Char(string="SHA-256 of the Wording")
    lang = fields.Char(string="Language")
    page_url = fields.Char(string="Page")
    form_version = fields.Char(string="Form and Version")
    boxes = fields.Text(help="Each box of the form, and whether it was ticked.")
    lists = fields.Text(help="The lists that were asked for.")
    purpose = fields.Char()
    # --- where it comes from
    source = fields.Char(help="Page, form, process or document.")
    source_system = fields.Char(help="The program that an old list comes from.")
    import_file = fields.Char()
    vouched_by = fields.Char(help="Who declares that these consents were given.")
    document = fields.Binary(attachment=True, help="Scan, recording or letter.")
    document_name = fields.Char()
    # --- the mail
    message_id = fields.Char(string="Message-ID")
    subject = fields.Char()
    body = fields.Text(help="The whole mail as it was sent.")
    delivery = fields.Char(help="What the mail server answered.")
    # --- the click, the withdrawal
    token_digest = fields.Char(string="SHA-256 of the Link's Token")
    method = fields.Char(help="GET or POST.")
    weaker = fields.Boolean(
        string="Weaker Proof",
        help="Confirmed by opening the link alone; a mail scanner may have done that.",
    )
    channel = fields.Char(help="Link, header, reply, phone, staff, complaint.")
    reason = fields.Char()
    ip = fields.Char(string="IP Address")
    user_agent = fields.Char(string="Browser")
    note = fields.Text()
    contact_detail = fields.Char(help="The number or postal address that was named.")
    user_id = fields.Many2one("res.users", string="Recorded by", ondelete="restrict")
    user_name = fields.Char(string="Recorded by (Name)")
    # a plain number: a link to the request would be emptied when that is erased
    request_number = fields.Integer(help="The request that this piece belongs to.")
    # --- the chain
    chain_id = fields.Many2one(
        "newsletter.consent.chain", required=True, ondelete="restrict", index=True
    )
    position = fields.Integer(required=True)
    previous_hash = fields.Char()
    hash = fields.Char(required=True)
    seal = fields.Char(required=True)
    content_salt = fields.Char(groups="base.group_system")
    content_digest = fields.Char(required=True)
    trace_salt = fields.Char(groups="base.group_system")
    trace_digest = fields.Char(required=True)
    erased_at = fields.Datetime(help="When personal details were erased.")

    _in_order = models.UniqueIndex(
        "(chain_id, position)", "Each piece of evidence has one place in its chain."
    )
    _traces = models.Index("(date) WHERE trace_salt IS NOT NULL")

    @api.model_create_multi
    def create(self, vals_list):
        """Every piece is chained to the one before of the same address."""
        self.check_access("create")
        rows = [self._complete(dict(vals)) for vals in vals_list]
        self.env["newsletter.consent.chain"]._append(rows)
        set_wise = self.env["newsletter.set.wise"]
        names = dict.fromkeys(name for row in rows for name in row)
        # a document is no column, it goes into an attachment
        documented = any(row.get("document") for row in rows)
        plain = self.env.su and set_wise._is_plain(self._name, names)
        if documented or not plain or not rows:
            return super().create(rows)
        return set_wise._create(
            self._name, [{name: row.get(name) for name in names} for row in rows]
        )

    @api.model
    def _complete(self, vals):
        """The values as they will be stored, with what follows from the consent."""
        # sudo: evidence is written by code for whoever acts
        consent = self.env["newsletter.consent"].sudo().browse(vals["consent_id"])
        user = self.env.user
        now = fields.Datetime.now().replace(microsecond=0)
        date = fields.Datetime.to_datetime(vals.get("date")) or now
        row = {
            "origin": _ORIGIN_OF.get(vals["kind"], "own"),
            "user_id": user.id,
            "user_name": user.name,
            **vals,
            "company_id": consent.company_id.id,
            "email": consent.email,
            "list_name": consent.mailing_list_id.name or False,
            "medium": consent.medium,
            "date": date.replace(microsecond=0),
            "recorded_at": now,
        }
        row.setdefault("purpose", consent.purpose)
        if row.get("wording"):
            digest = hashlib.sha256(row["wording"].encode()).hexdigest()
            row["wording_digest"] = digest
        if row.get("document") and not row.get("document_name"):
            row["document_name"] = self.env._("document")
        for name, value in row.items():
            if isinstance(value, str) and name in _TEXTS:
                # the database takes no NUL, and half a letter has no spelling in UTF-8
                row[name] = _storable(value)
        return row

    @api.model
    def _says(self, row, names):
        """The fields of a row of values as the chain spells them."""
        return {name: row.get(name) for name in names}

    def write(self, vals):  # pylint: disable=method-required-super
        raise UserError(self.env._("Evidence is never changed. Add a correction."))

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("Evidence is never deleted."))

    # --- reading is logged (rule E4) ---------------------------------------------
    def _fetch_query(self, query, fields):
        """Note who looks at whose evidence; code that works for the system does not."""
        records = super()._fetch_query(query, fields)
        if not self.env.su and records:
            noted = self.env.cr.precommit.data
            if "newsletter_evidence_read" not in noted:
                noted["newsletter_evidence_read"] = {}
                self.env.cr.precommit.add(self._log_readings)
            read = noted["newsletter_evidence_read"].setdefault(self.env.uid, set())
            read.update(records._ids)
        return records

    def _log_readings(self):
        """One line in the log for each person who read, at the end of the request."""
        noted = self.env.cr.precommit.data.pop("newsletter_evidence_read", {})
        for user_id, ids in noted.items():
            consents = self.sudo().browse(ids).exists().consent_id
            user = self.env["res.users"].browse(user_id)
            self.env["newsletter.consent"].with_user(user)._log_reading(
                consents, self.env._("Evidence was read")
            )


def _storable(text):
    return text.replace("\x00", "").encode("utf-8", "replace").decode()


class NewsletterConsent(models.Model):
    _inherit = "newsletter.consent"

    @api.model
    def _log_reading(self, consents, what):
        """A line in the log: who, when, whose; the addresses are masked (rule P1)."""
        shown = [masked(email) for email in sorted(set(consents.mapped("email")))]
        more = len(shown) - 5
        text = ", ".join(shown[:5]) + (f" (+{more})" if more > 0 else "")
        self.env["newsletter.event"]._log(
            "evidence_read",
            text=f"{what}: {text}",
            record=consents if len(consents) == 1 else None,
            company_id=consents[:1].company_id.id,
            user_id=self.env.uid,
        )
