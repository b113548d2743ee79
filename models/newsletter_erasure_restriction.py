"""Evidence of people who were erased: kept for as long as somebody can sue, unseen.

Whoever was erased and is entered again by hand, by an import or by a tool's call is
kept out of marketing by what stays of them, the tombstone.
"""

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ..sync.address import parse
from ..sync.retention import end_of_year_after
from .newsletter_deletion import ANSWER
from .newsletter_tombstone import EVERYTHING


class NewsletterConsent(models.Model):
    _inherit = "newsletter.consent"

    restricted_until = fields.Date(
        readonly=True,
        copy=False,
        index="btree_not_null",
        help="The person was erased. Only the privacy group sees this, and only until "
        "this day.",
    )

    @api.model
    def _record_each(self, kind, told):
        """Who agrees anew is no longer hidden; that anybody asks changes nothing."""
        result = super()._record_each(kind, told)
        # sudo: whoever records a consent may not see that there was one
        consents = self.sudo().browse(consent.id for consent in told)
        consents.filtered(lambda c: c.restricted_until and c._agreed())._use_again()
        return result

    def _agreed(self):
        """Whether the person's own consent stands, later than what was withdrawn.

        Only e-mail knows a confirmation; elsewhere what was declared is all there is.
        """
        self.ensure_one()
        if self.medium == "email":
            return self.state == "confirmed"
        return self.state in ("single", "confirmed")

    def _use_again(self):
        self.restricted_until = False
        self._evidence_chains().restricted_until = False

    @api.model
    def _for_address(self, email, company=None, mailing_list=None, medium="email"):
        """A hidden consent is found, too: there can be only one of each kind.

        It stays hidden; so it comes with ``sudo``, to whoever records evidence for it.
        """
        company = company or self.env.company
        email = parse(email).email or email
        return self._find_restricted(
            [email], company, mailing_list, medium
        ) or super()._for_address(email, company, mailing_list, medium)

    @api.model
    def _for_addresses(self, emails, company, mailing_list=None):
        hidden = self._find_restricted(emails, company, mailing_list, "email")
        if not hidden:
            return super()._for_addresses(emails, company, mailing_list)
        held = set(hidden.mapped("email"))
        others = [email for email in emails if email not in held]
        return hidden | super()._for_addresses(others, company, mailing_list)

    @api.model
    def _find_restricted(self, emails, company, mailing_list, medium):
        # sudo: whoever records a consent may not see that there was one
        return self.sudo().search(
            [
                ("email", "in", list(emails)),
                ("company_id", "=", company.id),
                ("mailing_list_id", "=", mailing_list.id if mailing_list else False),
                ("medium", "=", medium),
                ("restricted_until", "!=", False),
            ]
        )


class NewsletterConsentChain(models.Model):
    _inherit = "newsletter.consent.chain"

    restricted_until = fields.Date(
        readonly=True,
        index="btree_not_null",
        help="The person was erased. The evidence stays until this day in case "
        "somebody sues, and is then deleted.",
    )

    def _restrict(self):
        """Keep the proof, hidden, to the end of the years; client addresses go now."""
        events = self.env["newsletter.consent.event"]
        events._erase(
            ["ip", "user_agent", "trace_salt"],
            SQL("chain_id = ANY(%s) AND trace_salt IS NOT NULL", self.ids),
        )
        retention = self.env["newsletter.retention"]
        today = fields.Date.context_today(self)
        for company, chains in self.grouped("company_id").items():
            years, _unit = retention._keep(company, "evidence")
            until = end_of_year_after(today, years)
            new = chains.filtered(lambda chain: not chain.restricted_until)
            new.restricted_until = until
            new.event_ids.consent_id.restricted_until = until


class NewsletterTombstone(models.Model):
    _inherit = "newsletter.tombstone"

    @api.model
    def _erased(self, emails):
        """{address: companies} for which people were erased, in few queries.

        :param emails: normalised addresses
        """
        # sudo: the memory of the synchronisation
        stones = self.sudo()
        domain = Domain("reason", "=", "erased") & EVERYTHING
        # a hash for everybody costs more than to see that there is nothing to compare
        if not emails or not stones.search_count(domain, limit=1):
            return {}
        digests = {self._digest(email): email for email in emails}
        found = {}
        for stone in stones.search(domain & Domain("digest", "in", list(digests))):
            email = digests[stone.digest]
            found[email] = found.get(email, self.env["res.company"]) | stone.company_id
        return found


class NewsletterRecipient(models.AbstractModel):
    _inherit = "newsletter.recipient"

    @api.model_create_multi
    def create(self, vals_list):
        records = super().create(vals_list)
        records._newsletter_keep_erased_out()
        return records

    def write(self, vals):
        result = super().write(vals)
        if self._newsletter_email_field() in vals:
            self._newsletter_keep_erased_out()
        return result

    def _newsletter_keep_erased_out(self):
        """Show by the blocklist that no mailing goes there (rule W8).

        Not where another company works with the person, for the blocklist is its own as
        well; nor for a record of another company, which has erased nobody.
        """
        if self.env.context.get(ANSWER) == "keep":
            return
        emails = {email for email in self.mapped("email_normalized") if email}
        erased = self.env["newsletter.tombstone"]._erased(emails)
        if not erased:
            return
        entered = [
            (record, company, self._newsletter_is_shared(record, company))
            for record in self
            for company in erased.get(record.email_normalized, ())
            if self._newsletter_may_be_of(record, company)
        ]
        blocked = {
            record.email_normalized: {}
            for record, _company, shared in entered
            if not shared
        }
        # sudo: whoever enters a contact need not be allowed to block one
        leavings = self.env["newsletter.leaving"].sudo()
        leavings.with_context(newsletter_leaving=True)._block(blocked)
        self.env["newsletter.event"]._log_many(
            {
                "code": "erased_entered_again",
                "level": "warning",
                "company_id": company.id,
                "record": record,
                "text": self._newsletter_said_entered(record, shared),
            }
            for record, company, shared in entered
        )

    @api.model
    def _newsletter_may_be_of(self, record, company):
        """Whether a record is the company's, or that of all companies."""
        if "company_id" not in record._fields:
            return True
        # sudo: whoever enters a record may not see its company
        return record.sudo().company_id in (company, company.browse())

    @api.model
    def _newsletter_is_shared(self, record, company):
        sweeper = self.env["newsletter.erasure.odoo"]
        return sweeper._elsewhere([record.email_normalized], company)

    @api.model
    def _newsletter_said_entered(self, record, shared):
        if shared:
            return self.env._(
                "Somebody who was erased on request was entered again as “%(record)s”. "
                "Another company works with the person; mailings of this company "
                "leave them out until they give a new consent.",
                record=record.display_name,
            )
        return self.env._(
            "Somebody who was erased on request was entered again as “%(record)s”. The "
            "address is on the blocklist; newsletters need a new consent.",
            record=record.display_name,
        )


class NewsletterLeaving(models.Model):
    _inherit = "newsletter.leaving"

    @api.model
    def _take_in(self, rows, company, channel, scope, lists=None):
        """Nothing begins anew about somebody erased of whom nobody knows any more.

        A tool tells of its deletion, perhaps late: that must not become a record.
        """
        rows = self._without_erased(rows, company)
        return super()._take_in(rows, company, channel, scope, lists)

    @api.model
    def _without_erased(self, rows, company):
        emails = {raw: parse(raw).email for raw in rows}
        erased = {
            email
            for email, companies in self.env["newsletter.tombstone"]
            ._erased(set(filter(None, emails.values())))
            .items()
            if company in companies
        }
        if not erased:
            return rows
        data = self.env["newsletter.personal.data"]
        known = {
            email
            for email in erased
            for name in ("res.partner", "crm.lead", "mailing.contact")
            if data._records(name, [email], company)
        }
        known |= {
            email
            for email in erased - known
            if data._records("newsletter.member", [email], company)
            or data._records("newsletter.consent", [email], company).filtered(
                lambda consent: not consent.restricted_until
            )
        }
        gone = erased - known
        return {raw: row for raw, row in rows.items() if emails[raw] not in gone}
