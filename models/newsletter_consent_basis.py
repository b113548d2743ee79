"""Existing customers as a ground of their own (UWG §7(3)), and consents that age."""

from dataclasses import replace
from datetime import timedelta

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..sync.consent import Basis


class ResCompany(models.Model):
    _inherit = "res.company"

    newsletter_warn_months = fields.Integer(
        string="Warn About Old Consents After (Months)",
        default=24,
        help="Months without a mailing. 0: never.",
    )
    newsletter_block_months = fields.Integer(
        string="Block Old Consents After (Months)",
        default=48,
        help="Months without a mailing, after which the person is asked anew before "
        "being transmitted. 0: never.",
    )


class NewsletterConsent(models.Model):
    _inherit = "newsletter.consent"

    customer_reference = fields.Char(
        string="Sale", readonly=True, help="Number of the order, contract or invoice."
    )
    customer_date = fields.Date(string="Date of the Sale", readonly=True)
    customer_products = fields.Char(
        string="Own Similar Products",
        readonly=True,
        help="What is advertised: own products or services like those sold.",
    )
    customer_notice = fields.Char(
        string="Notice of the Right to Object",
        readonly=True,
        help="The text, and its version, that the customer saw when the address was "
        "taken. Each mail has to repeat it.",
    )
    last_mailed_at = fields.Datetime(
        string="Last Mailing", readonly=True, help="As far as Odoo knows."
    )
    age = fields.Selection(
        [("fresh", "In use"), ("old", "Silent for long"), ("aged", "Too old")],
        compute="_compute_age",
        search="_search_age",
        help="How long nothing was sent on the ground of this consent.",
    )

    # --- existing customers (rule L5) ---------------------------------------------
    def _record_customer(self, reference, date, products, notice, **evidence):
        """Record that somebody is a customer who may be written to without a consent.

        :param reference: number of the sale
        :param date: its date
        :param products: the own similar products that are advertised
        :param notice: the shown notice of the right to object, with its version
        :raises UserError: a fact is missing, or an objection is on file
        """
        facts = {
            "customer_reference": reference,
            "customer_date": date,
            "customer_products": products,
            "customer_notice": notice,
        }
        missing = [
            self._fields[name]._description_string(self.env)
            for name, value in facts.items()
            if not value
        ]
        if missing:
            raise UserError(
                self.env._(
                    "An existing customer may only be written to with all facts on "
                    "file. Missing: %s",
                    ", ".join(missing),
                )
            )
        for company in self.company_id:
            mine = self.filtered(lambda c, company=company: c.company_id == company)
            mine._refuse_objectors(company)
        models.Model.write(self, facts)
        told = "\n".join(
            f"{self._fields[name]._description_string(self.env)}: {value}"
            for name, value in facts.items()
        )
        note = "\n".join(filter(None, (told, evidence.pop("note", ""))))
        return self._record("customer", note=note, **evidence)

    def _refuse_objectors(self, company):
        refused = (
            self.env["newsletter.consent.request"]
            .sudo()
            ._refusals(self.mapped("email"), company, self.mailing_list_id)
        )
        objected = [
            email for email, why in refused.items() if why not in ("confirmed",)
        ]
        if objected:
            raise UserError(
                self.env._(
                    "An objection is on file for %s: they may not be written to as "
                    "customers.",
                    ", ".join(sorted(objected)[:5]),
                )
            )

    @api.model
    def _record_each(self, kind, told):
        if kind == "customer" and not all(
            c.customer_reference
            and c.customer_date
            and c.customer_products
            and c.customer_notice
            for c in told
        ):
            raise UserError(
                self.env._("Record the sale and its facts, not the ground alone.")
            )
        return super()._record_each(kind, told)

    # --- ageing (rule L9) ---------------------------------------------------------
    @api.depends("state", "basis", "state_at", "last_mailed_at", "company_id")
    def _compute_age(self):
        now = fields.Datetime.now()
        for consent in self:
            given, age = consent._stands(), "fresh"
            if given.aged:
                age = "aged"
            elif given.basis is not Basis.NONE and given.at:
                months = consent.company_id.newsletter_warn_months
                last = max(filter(None, (consent.state_at, consent.last_mailed_at)))
                if months and last < now - relativedelta(months=months):
                    age = "old"
            consent.age = age

    @api.model
    def _search_age(self, operator, value):
        if operator != "in":
            return NotImplemented
        now = fields.Datetime.now()
        found = fields.Domain.FALSE
        agreed = fields.Domain("state", "in", ("single", "confirmed")) | fields.Domain(
            "basis", "=", "customer"
        )
        for company in self.env.companies:
            own = fields.Domain("company_id", "=", company.id)
            silent = {}
            for age, months in (
                ("aged", company.newsletter_block_months),
                ("old", company.newsletter_warn_months),
            ):
                before = now - relativedelta(months=months)
                silent[age] = (
                    agreed
                    & fields.Domain("state_at", "<", before)
                    & (
                        fields.Domain("last_mailed_at", "=", False)
                        | fields.Domain("last_mailed_at", "<", before)
                    )
                    if months
                    else fields.Domain.FALSE
                )
            matching = {
                "aged": silent["aged"],
                "old": silent["old"] & ~silent["aged"],
                "fresh": ~silent["old"] & ~silent["aged"],
            }
            for age in value:
                if age in matching:
                    found |= own & matching[age]
        return found

    @api.model
    def _as_given(self, company, state, at, basis, mailed_at=None):
        """A consent too old blocks by itself; a withdrawal never ages."""
        given = super()._as_given(company, state, at, basis, mailed_at)
        months = company.newsletter_block_months
        if given.basis is Basis.NONE or not months or not at:
            return given
        last = max(at, mailed_at) if mailed_at else at
        now = fields.Datetime.now()
        # no month is shorter: of nearly everybody this tells it without a calendar
        if now - last < timedelta(days=28 * months):
            return given
        aged = last < now - relativedelta(months=months)
        return replace(given, aged=True) if aged else given

    @api.model
    def _note_mailed(self, emails, company, at, mailing_list=None):
        """A mailing reached these addresses: their consents are in use.

        For whoever fetches mailings from a tool, and for Odoo's own (``_cron_mailed``).

        :param at: naive UTC time of the mailing
        """
        lists = [None, *(mailing_list.ids if mailing_list else [])]
        self.env.execute_query(
            SQL(
                """
                UPDATE newsletter_consent
                   SET last_mailed_at = %(at)s
                 WHERE email = ANY(%(emails)s) AND company_id = %(company)s
                   AND COALESCE(mailing_list_id, 0) = ANY(%(lists)s)
                   AND (last_mailed_at IS NULL OR last_mailed_at < %(at)s)
             RETURNING id
                """,
                at=at,
                emails=list(emails),
                company=company.id,
                lists=[place or 0 for place in lists],
            )
        )
        self.invalidate_model(["last_mailed_at", "age"])

    @api.model
    def _cron_mailed(self):
        """Take the times of mailings from their traces; set-wise, once a day."""
        self.env.execute_query(
            SQL(
                """
                WITH mailed AS (
                    SELECT email, max(sent_datetime) AS at
                      FROM mailing_trace
                     WHERE sent_datetime > now() AT TIME ZONE 'UTC' - interval '3 days'
                     GROUP BY email
                )
                UPDATE newsletter_consent consent
                   SET last_mailed_at = mailed.at
                  FROM mailed
                 WHERE consent.email = mailed.email
                   AND consent.state IN ('single', 'confirmed', 'none')
                   AND (consent.last_mailed_at IS NULL
                        OR consent.last_mailed_at < mailed.at)
             RETURNING consent.id
                """
            )
        )
        self.invalidate_model(["last_mailed_at", "age"])

    def action_newsletter_renew(self):
        """Ask people for their consent anew, before it is too old (rule L9)."""
        return self.with_context(newsletter_renewal=True).action_newsletter_request()
