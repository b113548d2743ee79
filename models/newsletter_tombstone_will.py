"""Tombstones of people who objected, or had themselves erased: no tool mails them.

Other tombstones only keep somebody from coming back, for what happens in the tool was
asked when they were put up. These are a person's own will: whoever is found in a tool
all the same is signed off there, also when the evidence is gone long since.
"""

from odoo import api, fields, models
from odoo.fields import Domain

from .newsletter_push import aware
from .newsletter_tombstone import EVERYTHING

#: reasons that are a person's own will
WILL = ("erased", "objected")


class NewsletterTombstone(models.Model):
    _inherit = "newsletter.tombstone"

    reason = fields.Selection(
        selection_add=[("objected", "Objected; the evidence is not kept any more")],
        ondelete={"objected": "cascade"},
    )

    @api.model
    def _buried(self, emails, coupling):
        """Those of the normalised addresses that must not come back to a coupling.

        :return: {address: since when it is the person's own will (aware), else None}
        """
        company = coupling.company_id
        found = self._known(emails, company, coupling)
        digests = {self._digest(email): email for email in found}
        # sudo: see _known
        stones = self.sudo().search(
            Domain("company_id", "=", company.id)
            & self._about(coupling)
            & Domain("reason", "in", WILL)
            & Domain("digest", "in", list(digests)),
            order="date",
        )
        willed = {digests[stone.digest]: aware(stone.date) for stone in stones}
        return {email: willed.get(email) for email in found}

    @api.model
    def _remember_objections(self, consents):
        """Whoever withdrew stays away, also when the evidence is gone.

        From everything, or from the list that the withdrawal was about: by whatever
        coupling, those of today and those to come. One by another way than e-mail says
        nothing about the address.
        """
        objected = consents.filtered(
            lambda c: c.state == "withdrawn" and c.medium == "email"
        )
        for company, own in objected.grouped("company_id").items():
            for place, alike in own.grouped("mailing_list_id").items():
                said = {self._digest(each.email): each.state_at for each in alike}
                self._keep_out_of(said, company, place, "objected")

    @api.model
    def _keep_out_of(self, said, company, mailing_list, reason):
        """As ``_keep_out``, of a list and of each of its couplings; an empty list:
        of everything.

        A coupling outlives its list, and may be given another one.
        """
        self._keep_out(said, company, reason, list_key=mailing_list.id or 0)
        if mailing_list:
            for coupling in self._couplings(mailing_list, company):
                self._keep_out(said, company, reason, coupling_id=coupling.id)

    @api.model
    def _couplings(self, mailing_list, company):
        # sudo: what a person said holds for every tool
        couplings = self.env["newsletter.coupling"].sudo()
        return couplings.with_context(active_test=False).search(
            [
                ("mailing_list_id", "=", mailing_list.id),
                ("company_id", "=", company.id),
            ]
        )

    @api.model
    def _keep_out(self, said, company, reason, coupling_id=False, list_key=0):
        """Remember a will, and the latest time of one that is known already.

        :param said: {digest: naive UTC time, False if it is unknown}
        """
        where = {"coupling_id": coupling_id, "list_key": list_key}
        # sudo: see _remember
        stones = self.sudo()
        known = stones.search(
            [
                ("company_id", "=", company.id),
                *((name, "=", value) for name, value in where.items()),
                ("digest", "in", list(said)),
            ]
        )
        for stone in known:
            at = said[stone.digest] or stone.date
            # whoever was only sorted out may be sorted in again, who objected may not
            if stone.reason not in WILL:
                stone.write({"reason": reason, "date": at})
            elif at > stone.date:
                # proof of between the two objections is over by the later one
                stone.date = at
        buried = set(known.mapped("digest"))
        stones.create(
            [
                {
                    **where,
                    "company_id": company.id,
                    "digest": digest,
                    "reason": reason,
                    "date": at or fields.Datetime.now(),
                }
                for digest, at in said.items()
                if digest not in buried
            ]
        )

    @api.model
    def _lift(self, consents, before=None):
        """Newer consent was given: the person may come back.

        An objection to another list stands on, and what was said of everything stands
        on for the other lists that there are if the consent is for one.

        :param consents: of e-mail; what is agreed to by telephone lifts nothing
        :param before: naive UTC time of the consent; a later tombstone stays
        """
        for consent in consents.filtered(lambda c: c.medium == "email"):
            place = consent.mailing_list_id
            domain = Domain("company_id", "=", consent.company_id.id)
            domain &= Domain("digest", "=", self._digest(consent.email))
            if before:
                domain &= Domain("date", "<=", before)
            domain &= (
                Domain("reason", "not in", WILL) | EVERYTHING | self._lifted_by(place)
            )
            # sudo: see _remember
            stones = self.sudo().with_context(active_test=False).search(domain)
            will = [
                (stone.digest, stone.date, stone.reason)
                for stone in stones
                if stone.reason in WILL and not (stone.coupling_id or stone.list_key)
            ]
            stones.unlink()
            if place:
                self._narrow(will, place, consent.company_id)

    @api.model
    def _lifted_by(self, mailing_list):
        """The domain of what a consent to one list lifts of wills that are about lists;
        without a list: of what nobody could lift otherwise."""
        if mailing_list:
            return Domain("list_key", "=", mailing_list.id) | Domain(
                "coupling_id.mailing_list_id", "=", mailing_list.id
            )
        nowhere = Domain("coupling_id", "!=", False)
        nowhere &= Domain("coupling_id.mailing_list_id", "=", False)
        # what is left of an erasure; see _narrow
        return nowhere | Domain("reason", "=", "erased")

    @api.model
    def _narrow(self, will, mailing_list, company):
        """Who agreed to one list stays away from all others that there are by now.

        :param will: rows (digest, date, reason) of what held for every list
        """
        # sudo: what a person said holds for every list
        couplings = self.env["newsletter.coupling"].sudo()
        lists = self.env["mailing.list"].sudo()
        others = will and lists.with_context(active_test=False).search(
            [("id", "!=", mailing_list.id)]
        )
        nameless = will and couplings.with_context(active_test=False).search(
            [("company_id", "=", company.id), ("mailing_list_id", "=", False)]
        )
        for digest, date, reason in will:
            said = {digest: date}
            for other in others:
                self._keep_out_of(said, company, other, reason)
            for coupling in nameless:
                self._keep_out(said, company, reason, coupling_id=coupling.id)


class NewsletterPush(models.AbstractModel):
    _inherit = "newsletter.push"

    @api.model
    def _push_facts(self, run, emails, remote=None):
        """As ``_shared_facts``, and who was erased or objected long ago.

        A person who chooses somebody by hand may bring back whom a person took off, but
        not who had themselves erased or objected: only what they confirm later does,
        which lifts what it is about. A consent to everything lifts no objection to one
        list.
        """
        facts = self._shared_facts(run, emails, remote)
        buried = self.env["newsletter.tombstone"]._buried(list(facts), run.coupling_id)
        for email, at in buried.items():
            facts[email]["forgotten"] = bool(at)
        return facts
