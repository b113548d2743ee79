"""Whether the evidence is what was written: every hash, every seal, every state."""

from odoo import api, fields, models

from ..sync import evidence
from ..sync.consent import NOTHING, Kind, follow
from ..sync.reactions import allowed_since, ended_since
from .newsletter_push import aware

#: chains that are examined in one transaction
SLICE = 1000
#: more than this is left to the scheduled action
AT_ONCE = 20_000


class NewsletterConsentChain(models.Model):
    _inherit = "newsletter.consent.chain"

    def _check(self):
        """Examine these chains and remember what was found.

        :return: the chains that have a problem
        """
        # sudo: the check sees what the user may not, and writes what nobody types in
        everything = self.sudo()
        damaged = everything.browse()
        now = fields.Datetime.now()
        for start in range(0, len(everything), SLICE):
            chains = everything[start : start + SLICE]
            for chain, finding in chains._findings().items():
                damaged |= chain
                chain._note(finding.problem, finding.position)
            damaged |= chains.filtered("damaged_at")
            intact = chains - damaged
            intact.write({"checked_at": now, "problem": False, "problem_position": 0})
            chains.event_ids.invalidate_recordset(flush=False)
        damaged.write({"checked_at": now})
        return damaged.with_env(self.env)

    def _findings(self):
        """{chain: its first finding}, for those that have one."""
        events = self.env["newsletter.consent.event"].search(
            [("chain_id", "in", self.ids)], order="chain_id, position, id"
        )
        of_chain = events.grouped("chain_id")
        key = self._key()
        found = {}
        for chain in self:
            own = of_chain.get(chain, events.browse())
            findings = evidence.examine(
                (self._piece(event) for event in own),
                evidence.Head(
                    length=chain.pieces,
                    hash=chain.last_hash or evidence.START,
                    seal=chain.seal or "",
                ),
                self._whose(chain.company_id.id, chain.email),
                key,
            )
            if findings:
                found[chain] = findings[0]
            elif (consents := own.consent_id) and not self._follows(own, consents):
                found[chain] = evidence.Finding(0, "state")
        return found

    @api.model
    def _follows(self, events, consents):
        """Whether the state of each consent is the one that its evidence leads to."""
        of_consent = events.grouped("consent_id")
        for consent in consents:
            stands, since, ended_at, erased = NOTHING, None, None, False
            for event in of_consent[consent]:
                said = kind, at, _boxes = (
                    Kind(event.kind),
                    aware(event.date),
                    event.boxes,
                )
                stands = follow(stands, kind, at)
                ends = filter(None, (stands.withdrawn_at, ended_at))
                since = allowed_since(since, max(ends, default=None), *said)
                ended_at = ended_since(ended_at, *said)
                erased = erased or not event.content_salt
            shown = consent._stands()
            if (stands.state, stands.basis) != (shown.state, shown.basis):
                return False
            if stands.at != shown.at:
                return False
            # an erased piece does not tell its boxes any more
            if not erased and (since, ended_at) != (
                aware(consent.reactions_at),
                aware(consent.reactions_ended_at),
            ):
                return False
        return True

    def _note(self, problem, position):
        """Remember a problem, and say it aloud once."""
        self.ensure_one()
        problem = getattr(problem, "value", problem)
        # sudo: see _check
        chain = self.sudo()
        if chain.problem != problem or chain.problem_position != position:
            problems = dict(chain._fields["problem"]._description_selection(self.env))
            self.env["newsletter.event"]._log(
                "evidence_damaged",
                level="error",
                text=problems[problem],
                detail=self.env._("At piece %s of the chain.", position or "-"),
                record=chain,
                company_id=chain.company_id.id,
            )
        chain.write({"problem": problem, "problem_position": position})

    # --- asked for by a person, or by the clock ---------------------------------------
    def action_check(self):
        """Examine the selected chains and tell the result."""
        self.check_access("read")
        return self._result(self._check(), len(self))

    @api.model
    def action_check_all(self):
        """Examine everything: small stocks at once, large ones by the scheduler."""
        chains = self.search([], limit=AT_ONCE + 1)
        if len(chains) <= AT_ONCE:
            return chains.action_check()
        self._cron_check()
        return self._result(None, 0)

    @api.model
    def _result(self, damaged, number):
        """A message on the screen."""
        if damaged is None:
            kind, message = (
                "info",
                self.env._(
                    "The evidence is being checked in the background. Problems are "
                    "shown in this list and in the event log."
                ),
            )
        elif damaged:
            kind, message = (
                "danger",
                self.env._(
                    "%(damaged)s of %(number)s chains are not what was written.",
                    damaged=len(damaged),
                    number=number,
                ),
            )
        else:
            kind, message = (
                "success",
                self.env._(
                    "All %s chains are intact: nothing was changed, added or removed.",
                    number,
                ),
            )
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "message": message,
                "type": kind,
                "sticky": kind == "danger",
                "next": {"type": "ir.actions.act_window_close"},
            },
        }

    @api.model
    def _cron_check(self):
        """A slice of what was not examined for longest; each chain once a week."""
        # sudo: the scheduler works for all companies
        chains = self.sudo().search(
            [
                "|",
                ("checked_at", "=", False),
                ("checked_at", "<", "-7d"),
            ],
            order="checked_at NULLS FIRST, id",
            limit=SLICE,
        )
        chains._check()
        if len(chains) == SLICE:
            self.env.ref("newsletter_sync.cron_evidence")._trigger()


class NewsletterConsent(models.Model):
    _inherit = "newsletter.consent"

    def action_check_evidence(self):
        """Examine the evidence of these addresses."""
        self.check_access("read")
        chains = self.env["newsletter.consent.chain"].search(
            [
                ("company_id", "in", self.company_id.ids),
                ("email", "in", self.mapped("email")),
            ]
        )
        return chains.action_check()
