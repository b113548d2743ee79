"""Who is not asked for a consent, and why."""

from odoo import api, models

from ..sync.address import masked, parse
from ..sync.consent import Basis
from ..sync.vocabulary import Consent

#: who asks here is the person; everywhere else somebody asks on their behalf
BY_PERSON = ("form", "web", "page")

REFUSALS = [
    ("no_address", "no usable address"),
    ("withdrawn", "has withdrawn the consent"),
    ("blocklisted", "is on the blocklist"),
    ("unwanted", "wants no e-mails"),
    ("forgotten", "was erased or objected, and must not come back"),
    ("limited", "was asked too often lately"),
    ("confirmed", "has confirmed already"),
    ("twice", "is in the selection already"),
]


class NewsletterConsentRefusal(models.AbstractModel):
    _name = "newsletter.consent.refusal"
    _description = "Who Is Not Asked for a Consent"

    @api.model
    def _refusals(self, emails, company, lists=None, origin="api"):
        """{address as typed: why it is not asked}.

        A person who asks is never refused, whatever they said before; only others may
        not ask on behalf of somebody who objected.
        """
        parsed = {raw: parse(raw) for raw in emails}
        refused = {
            raw: "no_address"
            for raw, address in parsed.items()
            if not address.email or address.problem
        }
        if origin in BY_PERSON:
            return refused
        known = {raw: a.email for raw, a in parsed.items() if raw not in refused}
        given = {
            place: self.env["newsletter.consent"]._given(known.values(), company, place)
            for place in (lists or [self.env["mailing.list"]])
        }
        general = self.env["newsletter.consent"]._given(known.values(), company)
        blocked = set(
            self.env["mail.blacklist"]
            .search([("email", "in", list(known.values()))])
            .mapped("email")
        )
        unwilling = set(
            self.env["res.partner"]
            .with_context(active_test=False)
            .search(
                [
                    ("email_normalized", "in", list(known.values())),
                    ("no_marketing_email", "=", True),
                ]
            )
            .mapped("email_normalized")
        )
        buried = self.env["newsletter.tombstone"]._known(
            known.values(), company, lists=lists
        )
        for raw, email in known.items():
            states = [of_list[email] for of_list in given.values()]
            if email in buried:
                refused[raw] = "forgotten"
            elif email in blocked:
                refused[raw] = "blocklisted"
            elif email in unwilling:
                refused[raw] = "unwanted"
            elif Consent.WITHDRAWN in (
                general[email].state,
                *(state.state for state in states),
            ):
                refused[raw] = "withdrawn"
            elif origin != "renewal" and all(
                state.basis is Basis.DOI and not state.aged for state in states
            ):
                refused[raw] = "confirmed"
        return refused

    @api.model
    def _log_refused(self, refused, company):
        reasons = dict(REFUSALS)
        self.env["newsletter.event"]._log_many(
            {
                "code": "consent_not_asked",
                "text": f"{masked(parse(raw).email or '')}: {reasons[reason]}",
                "company_id": company.id,
            }
            for raw, reason in refused.items()
            if reason != "no_address"
        )
