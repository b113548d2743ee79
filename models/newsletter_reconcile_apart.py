"""What holds for a recipient of the tool who is kept apart from a member.

Two recipients and one address: the member's own one has another address in the tool by
now, and somebody else has the member's. That one has no member here, so no rule decides
about them, yet nobody may be mailed at an address that has left, and whoever leaves
there leaves for good. Both go by the one entrance of all leavings: its receipt asks the
tool for whoever has the address, and is not done before nobody there is mailed.
"""

from odoo import models

from ..sync.eligibility import Facts, Reason
from ..sync.protection import protection
from ..sync.reconcile_status import later
from ..sync.vocabulary import Consent
from .newsletter_push import aware, naive
from .newsletter_same_recipient import STATUSES_LEFT, STATUSES_MAILED

#: these end what the tool may mail, whatever it has a proof of, for the whole address
_ADDRESS = (Reason.BLOCKLISTED, Reason.UNWANTED)


class NewsletterReconcile(models.AbstractModel):
    _inherit = "newsletter.reconcile"

    def _heed_apart(self, run, coupling, apart):
        """Take over the leavings of recipients kept apart, and let go whom Odoo bars.

        :param apart: (stage row, member row) pairs, see ``_apart``
        """
        if not apart:
            return
        quiet = self.with_context(newsletter_leaving=True)
        facts = self.env["newsletter.push"]._protecting_facts(
            [met.email for met, _member in apart], coupling
        )
        standing = self._standing(coupling, facts)
        left = [met for met, _member in apart if met.status in STATUSES_LEFT]
        quiet._take_over_apart(coupling, left, facts, standing)
        mailed = [pair for pair in apart if pair[0].status in STATUSES_MAILED]
        quiet._let_go_apart(run, coupling, mailed, facts, standing)

    def _standing(self, coupling, emails):
        """{address: leavings that concern the coupling, lifted ones included}"""
        # sudo: whoever left did, whatever the present user may see
        found = (
            self.env["newsletter.leaving"]
            .sudo()
            .search(
                [
                    ("company_id", "=", coupling.company_id.id),
                    ("email", "in", list(emails)),
                    "|",
                    ("scope", "!=", "list"),
                    "&",
                    ("mailing_list_id", "!=", False),
                    ("mailing_list_id", "=", coupling.mailing_list_id.id),
                ]
            )
        )
        return found.grouped("email")

    def _take_over_apart(self, coupling, left, facts, standing):
        """Whoever has left with the address has left, though another one is known by
        it here; unless that is known, or was followed by a consent."""
        told = {}
        for met in left:
            known = facts[met.email]
            agreed = known["consent"] is Consent.CONFIRMED and later(
                known["consent_at"], met.status_at
            )
            leavings = standing.get(met.email, ())
            if not agreed and not any(
                self._is_known(each, met.status_at) for each in leavings
            ):
                told[met.email] = {"at": met.status_at, "reason": met.reason}
        self._left_in_tool(coupling, told)

    @staticmethod
    def _is_known(leaving, at):
        """Whether this is the leaving that the tool tells, be it lifted or not.

        :param at: when they left, False if the tool does not say; then it is the one
            that the tool told before
        """
        lifted_at = leaving.lifted_at
        if not lifted_at:
            return True
        return lifted_at >= at if at else leaving.channel == "tool"

    def _let_go_apart(self, run, coupling, mailed, facts, standing):
        """Have whom the tool mails at an address signed off if anything bars it.

        What bars it and is no leaving, for it was there before this addon, becomes one.
        """
        buried = self.env["newsletter.tombstone"]._buried(list(facts), coupling)
        joined, unheard = {}, []
        for met, member in mailed:
            email, proof_at = met.email, aware(met.opt_in_at)
            known = Facts(**facts[email], address_problem=None, active=True)
            stop = protection(known, proof_at, buried_at=buried.get(email)).stop
            # who confirmed after leaving is let be, as long as nothing else bars them
            joined[email] = None if stop else met.opt_in_at or None
            stands = [each for each in standing.get(email, ()) if not each.lifted_at]
            if stands:
                # a newer consent is not withdrawn because of somebody else
                if stop and all(each._is_over() for each in stands):
                    unheard.append((met, member))
                continue
            left_at = member.local_status_at
            left = member.local_status in STATUSES_LEFT
            left = left and not later(proof_at, left_at)
            if stop == Reason.WITHDRAWN and known.of_list:
                left, left_at = True, naive(known.consent_at)
            noted = self._note_barred(coupling, email, stop, left, left_at)
            if (stop or left) and not noted:
                unheard.append((met, member))
        # sudo: receipts are written by code only
        self.env["newsletter.leaving.receipt"].sudo().search(
            [
                ("connection_id", "=", coupling.connection_id.id),
                ("email", "in", list(joined)),
                ("has_namesake", "=", False),
            ]
        ).has_namesake = True
        self.env["newsletter.leaving"]._catch_up(coupling, joined)
        self._log_unheard(run, unheard)

    def _note_barred(self, coupling, email, stop, left, left_at):
        """What bars an address becomes a leaving; nothing if it cannot.

        :param left: whether the address is opted out of the list, since ``left_at``
        :return: the leavings
        """
        leavings = self.env["newsletter.leaving"]
        company, mailing_list = coupling.company_id, coupling.mailing_list_id
        if stop in _ADDRESS or (stop == Reason.WITHDRAWN and not left):
            return leavings._take_in({email: {}}, company, "blocklist", "address")
        if left and mailing_list:
            told = {email: {"at": left_at}}
            return leavings._take_in(told, company, "import", "list", mailing_list)
        return leavings

    def _log_unheard(self, run, pairs):
        """An error about whoever is mailed by the tool and cannot be let go from here:
        the address was erased, or left a list that is coupled with none of Odoo's, or
        agreed anew and is blocked all the same."""
        self._log_once(
            run,
            "address_taken_mailed",
            "error",
            pairs,
            lambda met, member: self.env._(
                "%(email)s must not be mailed, and recipient %(other)s of the tool has "
                "this address. They are no member here. Unsubscribe the recipient in "
                "the tool by hand.",
                email=met.email,
                other=met.remote_id,
            ),
        )
