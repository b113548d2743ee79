"""Decide about both sides of people by the pure rules, a slice at a time.

``_load`` and ``_read_sides`` say what there is, ``sync.reconcile.plan`` decides, and
``_carry_out`` writes down what follows.
"""

from types import SimpleNamespace

from odoo import api, models

from ..sync import reconcile
from ..sync.eligibility import Facts
from ..sync.protection import OthersWill, others_will, protection
from ..sync.reconcile_records import (
    Decision,
    Direction,
    FieldRule,
    Policy,
    Rule,
    StatusRule,
    Task,
)
from ..sync.vocabulary import Consent
from .newsletter_push import UNDELIVERABLE, aware
from .newsletter_reconcile_texts import TEXTS


class NewsletterReconcile(models.AbstractModel):
    _name = "newsletter.reconcile"
    _description = "Newsletter Reconciliation"

    @api.model
    def _settle(self, run, candidates):
        """Decide about candidates and write down what follows."""
        coupling = run.coupling_id
        cases, apart = self._load(run, coupling, candidates)
        mappings = self.env["newsletter.field.mapping"]._of_connection(
            coupling.connection_id, coupling
        )
        self._read_sides(
            coupling, cases, mappings, bool((run.cursor or {}).get("whole"))
        )
        self._plan(coupling, cases, mappings)
        with self.env["newsletter.change"]._quiet(coupling):
            self._carry_out(run, coupling, cases, mappings)
            self._heed_apart(run, coupling, apart)

    def _plan(self, coupling, cases, mappings):
        """Fill ``outcome`` of the cases; one look at the facts for all of them."""
        emails = {case.email for case in cases} | {case.remote.email for case in cases}
        emails.discard("")
        facts = self.env["newsletter.push"]._protecting_facts(emails, coupling)
        buried = self.env["newsletter.tombstone"]._buried(emails, coupling)
        common = self._common_policy(coupling, mappings)
        for case in cases:
            policy = self._policy(coupling, case, mappings, facts, buried, common)
            case.outcome = reconcile.plan(
                self._base(case, common), case.local, case.remote, policy
            )

    # --- the rules -------------------------------------------------------------------
    def _common_policy(self, coupling, mappings):
        """What holds for everybody on a coupling."""
        can = coupling.connection_id._connector_class().capabilities
        return SimpleNamespace(
            settings={
                "direction": Direction(coupling.direction),
                "status_rule": StatusRule(coupling.status_rule),
                "new_contacts": coupling.new_contacts,
                "transmit_missing": coupling.missing_in_tool == "transmit",
                "join": Task(coupling._joining_task()),
                "gone_is_leaving": not can.keeps_leavers,
            },
            by_hand=not coupling.mailing_list_id,
            stranger=self.env[
                "res.partner"
                if coupling.new_contacts == "contact"
                else "mailing.contact"
            ],
            rules=coupling._remembered_rules(),
            mappings=mappings,
            fields={},
        )

    @staticmethod
    def _field_rules(common, record, kind):
        """{key: rule} of the mapped fields of a kind of record."""
        known = kind, bool(record)
        if known not in common.fields:
            common.fields[known] = {
                str(mapping.id): FieldRule(
                    Direction(mapping._direction(record)),
                    Rule(common.rules.get(mapping.id, mapping.rule)),
                    mapping._remote_type().value,
                )
                for mapping in common.mappings._for_kind(kind)
                if mapping.remote_name
            }
        return common.fields[known]

    def _policy(self, coupling, case, mappings, facts, buried, common=None):
        common = common or self._common_policy(coupling, mappings)
        member = case.member
        known = self._known(case, facts)
        proof_at = known.consent_at if known.consent is Consent.CONFIRMED else None
        tool_proof = aware(case.fetched.opt_in_at or member.opt_in_at)
        # a stranger would be created with the address that the tool has
        meant = (case.email,) if case.person else (case.email, case.remote.email)
        willed = (buried[email] for email in meant if buried.get(email))
        protected = protection(known, tool_proof, buried_at=max(willed, default=None))
        other = self._others_will(case, facts, buried, tool_proof, proof_at)
        decision = None
        if member.task and member.task_by:
            decision = Decision(
                Task(member.task),
                (member.task_difference or member.difference_digest or "").strip("-"),
                member.task_values or {},
            )
        record = case.record or common.stranger
        return Policy(
            fields=self._field_rules(common, record, case.person.kind or record._name),
            stop=protected.stop,
            consent_missing=protected.consent_missing,
            forgotten=any(email in buried for email in meant),
            proof_at=proof_at,
            remote_proof_at=tool_proof,
            accepted=member.accepted_digest or "",
            snoozed=bool(member.snoozed),
            address_guarded=case.guarded,
            leaving_told=case.leaving_told,
            decision=decision,
            remote_stop=other.stop,
            replaceable=other.replaceable and case.movable,
            # once the person has joined, whoever is gone was removed
            asked_at=aware(member.asked_at)
            if member.base_status != "subscribed"
            else None,
            **common.settings,
        )

    def _known(self, case, facts):
        """What is known about the address of a case, for the pure decisions."""
        known = facts.get(case.email) or self.env["newsletter.push"]._no_facts()
        person, member = case.person, case.member
        # a return belongs to the address that the tool mailed, not to a new one
        returned = member.remote_status in UNDELIVERABLE and case.email in (
            *("", member.email, member.remote_email),
        )
        return Facts(
            **{
                **known,
                # a tombstone has its own place among the rules
                "forgotten": False,
                "left": case.local.status in reconcile.LEFT,
                "hard_bounce": bool(known.get("hard_bounce") or returned),
            },
            address_problem=case.address.problem if person else None,
            active=not (case.partner and person) or bool(person.active),
        )

    def _others_will(self, case, facts, buried, tool_proof, own_proof):
        """What its owner says about the tool's address, where that is another one."""
        known = facts.get(case.remote.email)
        if not known or case.remote.email == case.email:
            return OthersWill()
        known = {**known, "left": case.local.status in reconcile.LEFT}
        return others_will(
            Facts(**known, address_problem=None, active=True),
            tool_proof,
            own_proof,
            buried.get(case.remote.email),
        )

    @api.model
    def _text(self, code):
        """What was found, in a clerk's words."""
        return self.env._(TEXTS[code]) if code in TEXTS else code
