"""Carry out what the pure rules decide about both sides of a person."""

from datetime import timedelta

from odoo import api, fields, models

from ..sync import eligibility, reconcile
from ..sync.address import parse
from ..sync.consent import Basis
from ..sync.reconcile_records import (
    Decision,
    Direction,
    FieldRule,
    Policy,
    Rule,
    StatusRule,
    Task,
)
from ..sync.values import digest
from ..sync.vocabulary import Consent, Status
from .newsletter_push import aware, naive
from .newsletter_reconcile_texts import TEXTS


class NewsletterReconcile(models.AbstractModel):
    _name = "newsletter.reconcile"
    _description = "Newsletter Reconciliation"

    @api.model
    def _settle(self, run, candidates):
        """Decide about candidates and write down what follows."""
        coupling = run.coupling_id
        cases = self._load(run, coupling, candidates)
        mappings = self.env["newsletter.field.mapping"]._of_connection(
            coupling.connection_id, coupling
        )
        whole = bool((run.cursor or {}).get("whole"))
        self._read_sides(coupling, cases, mappings, whole)
        emails = {
            email
            for case in cases
            for email in (case.email, case.remote.email)
            if email
        }
        facts = self.env["newsletter.push"]._shared_facts(run, emails)
        buried = self.env["newsletter.tombstone"]._known(
            emails, coupling.company_id, coupling
        )
        for case in cases:
            policy = self._policy(coupling, case, mappings, facts, buried)
            base = self._base(case)
            case.outcome = reconcile.plan(base, case.local, case.remote, policy)
        with self.env["newsletter.change"]._quiet(coupling):
            self._carry_out(run, coupling, cases, mappings)

    # --- the rules -------------------------------------------------------------------
    def _policy(self, coupling, case, mappings, facts, buried):
        known = facts.get(case.email, {})
        consent = known.get("consent", Consent.NONE)
        proof_at = known.get("consent_at") if consent is Consent.CONFIRMED else None
        tool_proof = aware(case.fetched.opt_in_at or case.member.opt_in_at)
        lacks = eligibility.consent_missing(
            consent, known.get("basis", Basis.NONE), known.get("aged", False)
        )
        missing = lacks.value if lacks else ""
        if known.get("hard_bounce"):
            missing = missing or "undeliverable"
        can = coupling.connection_id._connector_class().capabilities
        member = case.member
        rules = coupling._remembered_rules()
        decision = None
        if member.task and member.task_by:
            decision = Decision(
                Task(member.task),
                (member.task_difference or member.difference_digest or "").strip("-"),
                member.task_values or {},
            )
        return Policy(
            direction=Direction(coupling.direction),
            status_rule=StatusRule(coupling.status_rule),
            fields={
                str(mapping.id): FieldRule(
                    Direction(mapping._direction(case.record)),
                    Rule(rules.get(mapping.id, mapping.rule)),
                    mapping._remote_type().value,
                )
                for mapping in mappings._for_model(case.record._name)
                if mapping.remote_name
            },
            stop=self._stop(case, known, consent, tool_proof),
            consent_missing=missing,
            forgotten=case.email in buried,
            proof_at=proof_at,
            remote_proof_at=tool_proof,
            new_contacts=coupling.new_contacts,
            transmit_missing=coupling.missing_in_tool == "transmit",
            join=Task(coupling.join),
            gone_is_leaving=not can.keeps_leavers,
            accepted=member.accepted_digest or "",
            snoozed=member.snoozed,
            decision=decision,
            remote_stop=self._shared_stop(facts.get(case.remote.email, {})),
            # once the person has joined, whoever is gone was removed
            asked_at=aware(member.asked_at)
            if member.base_status != "subscribed"
            else None,
        )

    @staticmethod
    def _shared_stop(known):
        """What keeps an address from being mailed, whoever's it is."""
        return next((why for why in ("blocklisted", "unwanted") if known.get(why)), "")

    def _stop(self, case, known, consent, tool_proof):
        """Why somebody must not be mailed at all, "" if nothing stands against it."""
        if shared := self._shared_stop(known):
            return shared
        withdrawn_at = known.get("consent_at")
        newer = tool_proof and withdrawn_at and tool_proof > withdrawn_at
        # who left this list only: both statuses say so, and the rules decide
        of_list = known.get("of_list") and case.local.status in reconcile.LEFT
        if consent is Consent.WITHDRAWN and not newer and not of_list:
            return "withdrawn"
        if case.partner and not case.partner.active:
            return "archived"
        record = case.record
        if record:
            problem = parse(record[record._newsletter_email_field()]).problem
            if problem in ("invalid", "no_mailing"):
                return problem
        return ""

    # --- what follows ----------------------------------------------------------------
    def _carry_out(self, run, coupling, cases, mappings):
        events = []
        for case in cases:
            self._write_here(coupling, case, mappings)
            member = self._remember(coupling, case)
            events += self._events(run, case, member, mappings)
        self.env["newsletter.event"]._log_many(events)

    def _write_here(self, coupling, case, mappings):
        """Odoo's side: contact, subscription, address, values."""
        change = case.outcome.local
        if not change:
            return
        if change.create:
            self._create_contact(case, change)
        if change.values and case.record:
            mappings._write_values(case.record, change.values)
        if change.email and case.record:
            case.record[case.record._newsletter_email_field()] = change.email
            if case.contact and case.contact != case.record:
                case.contact.email = change.email
        if not coupling.mailing_list_id:
            return
        left = change.status in reconcile.LEFT
        at = naive(change.status_at) or fields.Datetime.now()
        if change.add and not case.subscription:
            if not case.contact:
                self._create_reader(case)
            values = {
                "contact_id": case.contact.id,
                "list_id": coupling.mailing_list_id.id,
                "opt_out": left,
            }
            if left:
                values["opt_out_datetime"] = at
            case.subscription = self.env["mailing.subscription"].create(values)
        elif change.status and case.subscription:
            if left and not case.subscription.opt_out:
                # the date goes with it, else it would be the time of the comparison
                case.subscription.write({"opt_out": True, "opt_out_datetime": at})
            elif change.status is Status.SUBSCRIBED and case.subscription.opt_out:
                case.subscription.opt_out = False

    def _create_contact(self, case, change):
        if change.create == "contact":
            case.partner = self.env["res.partner"].create(
                {"name": case.remote.email, "email": case.remote.email}
            )
        self._create_reader(case)

    def _create_reader(self, case):
        record = case.record
        name = record.display_name if record else case.remote.email
        case.contact = self.env["mailing.contact"].create(
            {"name": name, "email": case.remote.email or case.local.email}
        )

    def _remember(self, coupling, case):
        """The member: what both sides say now, what was found, what shall be done."""
        to_review = self._to_review(case)
        outcome, local, remote = case.outcome, case.local, case.remote
        member, row, record = case.member, case.fetched, case.record
        status = outcome.local.status or local.status
        values = {**local.values, **outcome.local.values}
        agreed = outcome.agreed
        base_digest = digest(agreed.values)
        vals = {
            "local_status": status.value if status else False,
            "remote_status": remote.status.value if remote.status else False,
            "remote_status_at": naive(remote.status_at),
            "result": outcome.result.value,
            "result_text": self._text(outcome.text),
            "task": outcome.task.value if outcome.task else False,
            "outdated": outcome.outdated,
            "difference_digest": outcome.difference or False,
            "task_sends": dict(outcome.remote_values) or False,
            "base_status": agreed.status.value if agreed.status else False,
            "base_values": dict(agreed.values),
            "base_digest": base_digest,
            "local_values": False if digest(values) == base_digest else values,
            "remote_values": (
                False if digest(remote.values) == base_digest else dict(remote.values)
            ),
            "remote_email": False,
            # rounded up: what was written in this transaction is no change
            "synced_at": fields.Datetime.now() + timedelta(seconds=1),
            "contact_id": case.contact.id,
            "partner_id": case.partner.id,
            **to_review,
        }
        if not outcome.decided:
            vals.update(
                task_difference=False,
                task_at=fields.Datetime.now() if outcome.task else False,
                task_by=False,
                task_rule=outcome.text if outcome.task else False,
                task_values=False,
                task_reason=False,
            )
        if outcome.local.status:
            vals.update(
                local_status_at=naive(outcome.local.status_at) or fields.Datetime.now(),
                local_status_by=coupling.connection_id._connector_class().label,
            )
        if row:
            vals.update(
                remote_id=row.remote_id,
                remote_digest=row.digest,
                opt_in_at=row.opt_in_at,
                opt_in_ip=row.opt_in_ip,
                reason=row.reason,
            )
        if outcome.local.email:
            vals["email"] = outcome.local.email
        if remote.email and remote.email != (vals.get("email") or member.email):
            vals["remote_email"] = remote.email
        if record:
            vals["name"] = record.display_name
        # sudo: members are written by the engine only
        if member:
            member.sudo().write(vals)
            return member
        vals.setdefault("email", remote.email or local.email)
        vals.update(coupling_id=coupling.id, remote_email=False)
        if not vals["email"]:
            return member
        return member.sudo().create(vals)

    def _events(self, run, case, member, mappings):
        """One line of the log for each thing that was done or found."""
        labels = {str(mapping.id): mapping.label for mapping in mappings}
        rows = []
        for note in case.outcome.notes:
            rows.append(
                {
                    "code": note.code,
                    "run": run,
                    "coupling": member.coupling_id,
                    "member": member,
                    "record": case.record or None,
                    "level": note.level.value,
                    "text": self._event_text(member, note, labels),
                    "old_value": self._event_value(note.field, note.tool),
                    "new_value": self._event_value(note.field, note.odoo),
                    "rule": note.rule,
                }
            )
        return rows

    @api.model
    def _text(self, code):
        """What was found, in a clerk's words."""
        return self.env._(TEXTS[code]) if code in TEXTS else code
