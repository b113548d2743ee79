"""The permission of each person to record their opens and clicks (rule L10)."""

from odoo import api, fields, models

from ..sync.consent import NOTHING, Kind, effective
from ..sync.reactions import allowed, allowed_since, ended_since
from .newsletter_push import aware, naive


class NewsletterConsent(models.Model):
    _inherit = "newsletter.consent"

    reactions_at = fields.Datetime(
        string="Opens and Clicks Allowed Since",
        readonly=True,
        copy=False,
        help="The person allowed by a tick of its own that the tool records who opens "
        "and clicks. Empty: not allowed.",
    )

    # also when a later permission stands: older proof may turn up still
    reactions_ended_at = fields.Datetime(
        string="Opens and Clicks Refused",
        readonly=True,
        copy=False,
        index="btree_not_null",
        help="When the person said the last time that nobody shall record what they "
        "open and click.",
    )

    @api.model
    def _record_each(self, kind, told):
        result = super()._record_each(kind, told)
        changed = {}
        for consent, evidence in told.items():
            said = Kind(kind), aware(evidence["at"]), evidence.get("boxes")
            ended_at = aware(consent.reactions_ended_at)
            ends = filter(None, (aware(consent.withdrawn_at), ended_at))
            since = allowed_since(
                aware(consent.reactions_at), max(ends, default=None), *said
            )
            after = naive(since), naive(ended_since(ended_at, *said))
            if after != (consent.reactions_at, consent.reactions_ended_at):
                changed.setdefault(after, []).append(consent.id)
        for (since, ended_at), ids in changed.items():
            # past ``write``, which refuses what follows from the evidence
            models.Model.write(
                self.browse(ids),
                {"reactions_at": since, "reactions_ended_at": ended_at},
            )
        return result

    @api.model
    def _allowing_reactions(self, emails, company, mailing_list=None):
        """Those of the addresses whose opens and clicks may be recorded on a list.

        What counts is the list's own consent, else the general one, as in
        ``_effective``; few queries for all of them.

        :param emails: normalised addresses
        :return: set of addresses
        """
        general, on_list = {}, {}
        for consent in self._of_lists(emails, company, mailing_list):
            place = on_list if consent.mailing_list_id else general
            place[consent.email] = consent
        found = set()
        for email in emails:
            whole, own = general.get(email), on_list.get(email)
            counts = effective(
                whole._stands() if whole else NOTHING, own._stands() if own else NOTHING
            )
            behind = own if counts.of_list else whole
            if behind and allowed(
                counts,
                aware(behind.reactions_at),
                aware(whole.withdrawn_at) if whole else None,
            ):
                found.add(email)
        return found


class NewsletterConsentRequest(models.Model):
    _inherit = "newsletter.consent.request"

    reactions = fields.Boolean(
        string="Opens and Clicks Ticked",
        readonly=True,
        help="The box for opens and clicks was ticked. It counts once the person has "
        "confirmed.",
    )
