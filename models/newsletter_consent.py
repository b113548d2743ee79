"""Opt-in state of one address; it follows from the evidence and from nothing else."""

from dataclasses import replace

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..sync.address import parse
from ..sync.consent import NOTHING, Basis, Given, Kind, basis_of, effective, follow
from ..sync.vocabulary import Consent
from .newsletter_push import aware, naive

STATES = [
    ("none", "No opt status"),
    ("single", "Single opt-in"),
    ("pending", "DOI pending"),
    ("confirmed", "DOI confirmed"),
    ("withdrawn", "Withdrawn"),
]

BASES = [
    ("none", "None"),
    ("doi", "Double opt-in"),
    ("other", "Other consent"),
    ("customer", "Existing customer"),
]

MEDIA = [
    ("email", "E-mail"),
    ("phone", "Phone"),
    ("text", "Text message"),
    ("messenger", "Messenger"),
    ("post", "Post"),
]


class NewsletterConsent(models.Model):
    """Consent belongs to an address, not to a contact: another address needs another.

    It is given for one mailing list or, without a list, for everything that the company
    sends; ``_effective`` tells what counts. The state only ever changes by ``_record``,
    which writes the evidence for it.
    """

    _name = "newsletter.consent"
    _description = "Consent of an E-mail Address"
    _order = "email, id"
    _rec_name = "email"
    _check_company_auto = True

    email = fields.Char(string="E-mail", required=True, index=True)
    company_id = fields.Many2one(
        "res.company",
        required=True,
        default=lambda self: self.env.company,
        index=True,
        help="The sender whom the person allowed to write.",
    )
    mailing_list_id = fields.Many2one(
        "mailing.list",
        ondelete="restrict",
        index="btree_not_null",
        help="The list that this consent is for. Empty: everything the company sends.",
    )
    medium = fields.Selection(
        MEDIA,
        default="email",
        required=True,
        help="Each way to reach the person is agreed to and withdrawn on its own.",
    )
    state = fields.Selection(STATES, default="none", required=True, index=True)
    state_at = fields.Datetime(string="Since", readonly=True)
    # also when a later consent stands: older proof may turn up still
    withdrawn_at = fields.Datetime(string="Last Withdrawal", readonly=True)
    basis = fields.Selection(
        BASES,
        default="none",
        readonly=True,
        help="The legal ground on which the person may be written to.",
    )
    purpose = fields.Char(
        default=lambda self: self.env._("Newsletter by e-mail"),
        required=True,
        help="What the person agreed to receive.",
    )
    source = fields.Char(help="Where the consent came from: form, paper, import.")
    event_ids = fields.One2many(
        "newsletter.consent.event",
        "consent_id",
        string="Evidence",
        readonly=True,
        groups="newsletter_sync.group_privacy",
    )
    partner_id = fields.Many2one(
        "res.partner", compute="_compute_partner_id", string="Contact"
    )

    _address_once = models.UniqueIndex(
        "(company_id, email, COALESCE(mailing_list_id, 0), medium)",
        "There is a consent for this address already.",
    )

    def _compute_partner_id(self):
        """The contact with this address; the lowest id where there are several."""
        found = {}
        partners = self.env["res.partner"].search(
            [("email_normalized", "in", self.mapped("email"))], order="id desc"
        )
        for partner in partners:
            found[partner.email_normalized] = partner.id
        for consent in self:
            consent.partner_id = found.get(consent.email, False)

    @api.model_create_multi
    def create(self, vals_list):
        """A new address starts without consent; evidence gives it a state."""
        for vals in vals_list:
            vals["email"] = self._normalised(vals.get("email"))
            if (
                vals.get("state", "none") != "none"
                or vals.get("basis", "none") != "none"
                or vals.get("reactions_at")
                or vals.get("reactions_ended_at")
            ):
                raise UserError(
                    self.env._(
                        "A consent starts without a state. Record the evidence, "
                        "the state follows from it."
                    )
                )
        return super().create(vals_list)

    @api.model
    def _normalised(self, email):
        address = parse(email)
        if address.problem == "invalid" or not address.email:
            raise UserError(self.env._("“%s” is no e-mail address.", email or ""))
        return address.email

    @api.model
    def _begin(self, wanted):
        """Consents without a state for addresses that have none; one statement.

        :param wanted: triples of address, company id, and mailing list id or False
        """
        return self.env["newsletter.set.wise"]._create(
            self._name,
            [
                {
                    "email": self._normalised(email),
                    "company_id": company_id,
                    "mailing_list_id": list_id,
                }
                for email, company_id, list_id in wanted
            ],
        )

    def write(self, vals):
        follows = {"state", "state_at", "basis", "withdrawn_at"}
        follows |= {"reactions_at", "reactions_ended_at"}
        if follows & set(vals):
            raise UserError(
                self.env._(
                    "The state of a consent follows from its evidence and cannot be "
                    "typed in."
                )
            )
        if {"email", "company_id", "mailing_list_id", "medium"} & set(vals):
            raise UserError(
                self.env._(
                    "A consent belongs to one address, one company, one list and one "
                    "medium. Another one needs a consent of its own."
                )
            )
        return super().write(vals)

    def _record(self, kind, at=None, **evidence):
        """Add evidence and let the state follow.

        :param kind: one of ``sync.consent.Kind``
        :param at: naive UTC time of the fact, now by default
        :param evidence: further fields of ``newsletter.consent.event``
        :raises UserError: for evidence by staff without a note or document (rule E5)
        """
        at = fields.Datetime.to_datetime(at) or fields.Datetime.now()
        told = {**evidence, "at": at}
        self._record_each(kind, dict.fromkeys(self, told))
        return self

    @api.model
    def _record_each(self, kind, told):
        """As ``_record`` for people of each of whom something else is told; few
        statements for all of them.

        :param told: {consent: dict of the evidence, with the time of the fact as
            ``at``}
        """
        if kind in ("staff", "import") and not all(
            evidence.get("note") or evidence.get("document")
            for evidence in told.values()
        ):
            raise UserError(
                self.env._(
                    "Say where this consent comes from: a note or a document is "
                    "needed as proof."
                )
            )
        rows = []
        for consent, evidence in told.items():
            row = {**evidence, "consent_id": consent.id, "kind": kind}
            row["date"] = row.pop("at")
            rows.append(row)
        # sudo: evidence is written by code only, its readers are the privacy group
        self.env["newsletter.consent.event"].sudo().create(rows)
        self._follow(
            Kind(kind), {consent: evidence["at"] for consent, evidence in told.items()}
        )

    @api.model
    def _follow(self, kind, told):
        """Set what the new evidence leads to; past ``write``, which refuses that.

        :param told: {consent: naive UTC time of the fact}
        """
        rows = []
        for consent, at in told.items():
            before = consent._stands()
            after = follow(before, kind, aware(at))
            if (after, after.withdrawn_at) != (before, before.withdrawn_at):
                rows.append(
                    {
                        "id": consent.id,
                        "state": after.state.value,
                        "state_at": naive(after.at) or None,
                        "basis": after.basis.value,
                        "withdrawn_at": naive(after.withdrawn_at) or None,
                    }
                )
        if not rows:
            return
        consents = self.browse(row["id"] for row in rows)
        consents.check_access("write")
        changed = [name for name in rows[0] if name != "id"]
        self.flush_model(changed)
        self.env["newsletter.set.wise"]._update(self._name, rows)
        consents.modified(changed)

    def _stands(self):
        """What this consent says by itself (``sync.consent.Given``)."""
        given = self._as_given(
            self.company_id, self.state, self.state_at, self.basis, self.last_mailed_at
        )
        return replace(given, withdrawn_at=aware(self.withdrawn_at))

    @api.model
    def _as_given(self, company, state, at, basis, mailed_at=None):
        """What the columns of a consent say (``sync.consent.Given``)."""
        state, basis = Consent(state), Basis(basis or "none")
        if basis == Basis.NONE:
            basis = basis_of(state)
        return Given(state=state, at=aware(at), basis=basis)

    # --- what counts ---------------------------------------------------------------
    @api.model
    def _effective(self, emails, company, mailing_list=None):
        """What counts for addresses on a list: its own consent, else the general one.

        :param emails: normalised addresses
        :param mailing_list: a ``mailing.list``; None asks for the general consent
        :return: {address: (state, naive UTC time since when)}; every address is in it
        """
        return {
            email: (given.state.value, naive(given.at))
            for email, given in self._given(emails, company, mailing_list).items()
        }

    @api.model
    def _given(self, emails, company, mailing_list=None):
        """Like ``_effective``, as ``sync.consent.Given`` for the pure decisions."""
        # sudo: whether somebody may be written to decides for every user alike
        query = self.sudo()._search(self._domain(emails, company, mailing_list))
        names = ("email", "mailing_list_id", "state", "state_at", "basis")
        names = (*names, "last_mailed_at")
        rows = self.env.execute_query(
            query.select(*(self._field_to_sql(self._table, n, query) for n in names))
        )
        general, on_list = {}, {}
        for email, list_id, *stands in rows:
            (on_list if list_id else general)[email] = self._as_given(company, *stands)
        return {
            email: effective(general.get(email, NOTHING), on_list.get(email, NOTHING))
            for email in emails
        }

    @api.model
    def _of_addresses(self, emails, company):
        """{address: general consent} of one sender company, in one query."""
        return {consent.email: consent for consent in self._of_lists(emails, company)}

    @api.model
    def _of_lists(self, emails, company, mailing_list=None):
        """The general consents of addresses and those for a list, in one query."""
        # sudo: see _given
        return self.sudo().search(self._domain(emails, company, mailing_list))

    @api.model
    def _domain(self, emails, company, mailing_list=None):
        """The general consents of addresses and those for a list."""
        lists = mailing_list.ids if mailing_list else []
        return [
            ("email", "in", list(emails)),
            ("company_id", "=", company.id),
            ("medium", "=", "email"),
            ("mailing_list_id", "in", [False, *lists]),
        ]

    @api.model
    def _for_address(self, email, company=None, mailing_list=None, medium="email"):
        """The consent of an address, made if there is none yet."""
        company = company or self.env.company
        email = parse(email).email or email
        list_id = mailing_list.id if mailing_list else False
        found = self.search(
            [
                ("email", "=", email),
                ("company_id", "=", company.id),
                ("mailing_list_id", "=", list_id),
                ("medium", "=", medium),
            ],
            limit=1,
        )
        return found or self.create(
            {
                "email": email,
                "company_id": company.id,
                "mailing_list_id": list_id,
                "medium": medium,
            }
        )

    @api.model
    def _for_addresses(self, emails, company, mailing_list=None):
        """The consents of many addresses, made where there are none; few queries.

        :param emails: normalised addresses
        """
        list_id = mailing_list.id if mailing_list else False
        known = self.search(
            [
                ("email", "in", emails),
                ("company_id", "=", company.id),
                ("mailing_list_id", "=", list_id),
                ("medium", "=", "email"),
            ]
        )
        held = set(known.mapped("email"))
        return known | self._begin(
            (email, company.id, list_id) for email in emails if email not in held
        )

    # --- what a person record lends to the wizard ------------------------------
    def action_newsletter_push(self):
        return self.env["newsletter.push.wizard"]._open_for(self)
