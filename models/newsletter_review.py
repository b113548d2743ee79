"""Carry out what people decide about members: the same rules as in a comparison.

An *answer* is a plain dict, so that a run can keep it:

``kind``
    "answer" (the open questions), "task" (what to do at the tool), "snooze", "undo"
``choices``
    for "answer": {field: "odoo", "tool", "accept" or "own"}; the field "*" stands for
    all that are not named
``own``
    {field: value} for the choice "own"
``create``
    what a stranger of the tool becomes: "contact" or "mailing_contact"
``task``
    for "task": one of the member's tasks
``until``
    for "snooze": ISO date; empty: not any more
``reason``
    why somebody is brought back who left and has no newer proof
"""

from dataclasses import replace

from odoo import api, fields, models

from ..sync import choices, reconcile
from ..sync.address import parse
from ..sync.reconcile_records import Decision, Task
from .newsletter_fetch_steps import SLICE
from .newsletter_push import naive
from .newsletter_reconcile_load import Case
from .newsletter_review_texts import REFUSALS


class OpenCase(Case):
    """A member as it stands, with the rules that hold for it and what is answered."""

    __slots__ = (
        *("base", "policy", "resolution", "rows"),
        #: digest of the difference that was shown, None: nobody has looked
        "shown",
    )


class NewsletterReview(models.AbstractModel):
    _name = "newsletter.review"
    _description = "Newsletter Review"

    @api.model
    def _apply(self, members, answer, run=None, shown=None):
        """Carry an answer out for members, in slices.

        :param shown: {id of a member: digest of the difference} that whoever decides
            has seen; whose difference is another one by now is left open
        :return: {member: "" or the code of why not}, see ``REFUSALS``
        """
        members.check_access("write")
        results = {}
        for coupling in members.coupling_id:
            chosen = members.filtered(
                lambda member, coupling=coupling: member.coupling_id == coupling
            )
            for start in range(0, len(chosen), SLICE):
                part = chosen[start : start + SLICE]
                results.update(self._apply_slice(coupling, part, answer, run, shown))
        return results

    def _apply_slice(self, coupling, members, answer, run, shown):
        results = dict.fromkeys(members, "")
        flying = members.filtered("in_flight_run_id")
        results.update(dict.fromkeys(flying, "in_flight"))
        members -= flying
        if answer["kind"] == "snooze":
            return {**results, **self._snooze(members, answer, run, shown)}
        # sudo: both sides are looked at and written as a comparison does; whose record
        # may be written is asked for separately, as the user. The key: our own writes
        # are no leaving of a person; whose is, is said in _pass_on_leavings
        engine = self.sudo().with_context(newsletter_leaving=True)
        coupling = coupling.with_env(engine.env)
        cases = engine._open_cases(coupling, members.with_env(engine.env), shown)
        mappings = self.env["newsletter.field.mapping"]._of_connection(
            coupling.connection_id, coupling
        )
        answered, events = [], []
        for case in cases:
            refused = self._resolve(coupling, case, answer, mappings)
            results[members.browse(case.member.id)] = refused
            if not refused:
                answered.append(case)
        for case in self._not_writable(answered):
            results[members.browse(case.member.id)] = "no_right"
            answered.remove(case)
        for case in answered:
            events += self._events(case, answer, run)
        engine._carry_out(coupling, answered, mappings, answer, run)
        for case in answered:
            wanted = case.resolution.decision
            if wanted and not case.outcome.decided and case.outcome.task != wanted.task:
                results[members.browse(case.member.id)] = "overruled"
        self.env["newsletter.event"]._log_many(events)
        return results

    @api.model
    def _counted(self, results):
        """Rows ``{key, label, count, level, members}``: how many, and why not others.

        :param results: {member: code of why not, or ""}
        """
        groups = {}
        for member, code in results.items():
            groups.setdefault(code, []).append(member.id)
        return [
            {
                "key": code or "decided",
                "label": self.env._(REFUSALS[code]) if code else self.env._("Decided"),
                "count": len(groups[code]),
                "level": "warning" if code else "success",
                "members": groups[code],
            }
            for code in ("", *REFUSALS)
            if code in groups
        ]

    # --- looking at both sides -------------------------------------------------------
    def _open_cases(self, coupling, members, shown=None):
        """Both sides of members of one coupling, as the last comparison left them.

        :param shown: see ``_apply``
        """
        cases = []
        for member in members:
            case = OpenCase()
            case.member, case.fetched = member, self.env["newsletter.fetched"]
            case.contact, case.partner = member.contact_id, member.partner_id
            case.lead = member.lead_id
            case.shown = None if shown is None else shown.get(member.id, "")
            cases.append(case)
        self._look(coupling, cases)
        for case in cases:
            case.resolution, case.rows = choices.Resolution(), []
        return cases

    def _look(self, coupling, cases):
        """Read both sides, and what is found when nobody has decided yet."""
        rules = self.env["newsletter.reconcile"]
        mappings = self.env["newsletter.field.mapping"]._of_connection(
            coupling.connection_id, coupling
        )
        rules._read_sides(coupling, cases, mappings, False)
        emails = {
            email
            for case in cases
            for email in (case.email, case.remote.email)
            if email
        }
        # no run: nothing is fetched, the facts of the coupling are all that is asked
        nobody = self.env["newsletter.run"].new({"coupling_id": coupling.id})
        nobody.connection_id = coupling.connection_id
        facts = self.env["newsletter.push"]._shared_facts(nobody, emails)
        buried = self.env["newsletter.tombstone"]._buried(emails, coupling)
        for case in cases:
            case.policy = rules._policy(coupling, case, mappings, facts, buried)
            case.base = rules._base(case)
            undecided = replace(case.policy, decision=None, accepted="")
            case.outcome = reconcile.plan(case.base, case.local, case.remote, undecided)

    def _offers(self, case):
        """The tasks that make sense for somebody, the gentlest first."""
        coupling = case.member.coupling_id
        return choices.offered_tasks(
            *(case.outcome, case.local, case.remote, case.policy),
            coupling.connection_id._connector_class().capabilities,
            coupling._opt_in(),
            coupling.opt_in_process_id.opt_in or "",
        )

    # --- what an answer means for one member -----------------------------------------
    def _resolve(self, coupling, case, answer, mappings):
        """Set ``case.resolution``; return the code of why not, "" if it is possible."""
        if answer["kind"] == "undo":
            member = case.member
            given = member.task_by or member.accepted_digest or member.snoozed_until
            return "" if given else "nothing_to_decide"
        if self._changed_since(case.member, case.shown, case.outcome.difference):
            return "changed_since"
        if answer["kind"] == "task":
            task = Task(answer["task"])
            offers = {offer.task: offer for offer in self._offers(case)}
            if task not in offers:
                return "not_offered"
            case.resolution = choices.Resolution(
                decision=Decision(task, case.outcome.difference),
                needs_reason=offers[task].needs_reason,
            )
        else:
            asked = choices.questions(case.outcome)
            general = answer["choices"].get("*")
            chosen = {
                name: choices.Choice(choice)
                for name in asked
                if (choice := answer["choices"].get(name) or general)
            }
            own = self._own_values(answer, chosen, mappings)
            if own is None:
                return "own_value_invalid"
            case.resolution = choices.resolve_each(
                *(chosen, case.base, case.local, case.remote, case.policy, own),
                create=answer.get("create") or "mailing_contact",
            )
            if case.resolution.refused:
                return case.resolution.refused.value
            case.rows = [(name, chosen[name].value) for name in asked if name in chosen]
        if case.resolution.needs_reason and not answer.get("reason"):
            return "needs_reason"
        return ""

    @api.model
    def _own_values(self, answer, chosen, mappings):
        """The typed values as their fields want them, None if one does not fit."""
        own = {}
        for name, choice in chosen.items():
            if choice is not choices.Choice.OWN:
                continue
            value = (answer.get("own") or {}).get(name)
            if name == "email":
                value = parse(value or "").email
            elif name != "status":
                kind = mappings.browse(int(name))._remote_type().value
                value = self._typed(value, kind)
            if value is None:
                return None
            own[name] = value
        return own

    @api.model
    def _typed(self, value, kind):
        """A typed text as a value of the field's type, None if it is not one."""
        text = (value or "").strip()
        try:
            if kind == "number":
                return float(text.replace(",", ".")) if text else 0
            if kind == "date":
                return fields.Date.to_date(text).isoformat() if text else ""
            if kind == "datetime":
                return fields.Datetime.to_datetime(text).isoformat() if text else ""
        except ValueError:
            return None
        return text

    def _not_writable(self, cases):
        """Those whose record in Odoo would be written by somebody who may not."""
        writing = [
            case
            for case in cases
            if case.record
            and (case.resolution.local.values or case.resolution.local.email)
        ]
        allowed = set()
        for name in {case.record._name for case in writing}:
            ids = [case.record.id for case in writing if case.record._name == name]
            records = self.env[name].browse(ids)
            allowed |= {(name, key) for key in records._filtered_access("write").ids}
        return [
            case
            for case in writing
            if (case.record._name, case.record.id) not in allowed
        ]

    # --- carrying out ----------------------------------------------------------------
    def _carry_out(self, coupling, cases, mappings, answer, run):
        """Write Odoo's side and the decision, then look again as a comparison does.

        With a run, what stood in Odoo is kept, and whom it put there is marked.
        """
        if not cases:
            return
        rules = self.env["newsletter.reconcile"]
        with self.env["newsletter.change"]._quiet(coupling):
            for case in cases:
                case.outcome = replace(case.outcome, local=case.resolution.local)
                rules._write_here(coupling, case, mappings)
                case.member.write(self._decision_values(case, answer))
            self._look(coupling, cases)
            for case in cases:
                case.outcome = reconcile.plan(
                    case.base, case.local, case.remote, case.policy
                )
                rules._write_here(coupling, case, mappings)
                rules._remember(coupling, case)
            if run:
                self._keep_before(run, cases)
        self._pass_on_leavings(coupling, cases)

    def _pass_on_leavings(self, coupling, cases):
        """Whose leaving in the tool was taken over has left by the one entrance."""
        told = {
            case.email: {
                "at": naive(case.resolution.local.status_at),
                "reason": case.member.reason,
            }
            for case in cases
            if case.resolution.local.status in reconcile.LEFT
            and case.remote.status in reconcile.LEFT
        }
        if told and coupling.mailing_list_id:
            self.env["newsletter.leaving"]._take_in(
                told, coupling.company_id, "tool", "list", coupling.mailing_list_id
            )

    @api.model
    def _decision_values(self, case, answer):
        decision = case.resolution.decision
        return {
            "task": decision.task.value if decision else False,
            "task_at": fields.Datetime.now(),
            "task_by": self.env.uid if decision else False,
            "task_rule": False,
            "task_reason": (answer.get("reason") or False) if decision else False,
            # "-": there was no difference; nothing would mean "as it is now"
            "task_difference": (decision.difference or "-") if decision else False,
            "task_values": (dict(decision.values) or False) if decision else False,
            "task_sends": False,
            "outdated": False,
            "tries": 0,
            "next_try_at": False,
            "parked": False,
            "accepted_digest": case.resolution.accepted or False,
            "snoozed_until": False,
        }

    # --- the log ---------------------------------------------------------------------
    def _events(self, case, answer, run):
        """Who decided what: one line for each field, or one for the task."""
        member = case.member
        common = {
            "code": "decided",
            "run": run,
            "member": member,
            "coupling": member.coupling_id,
            "record": case.record or None,
            "detail": answer.get("reason") or False,
            "level": "warning" if case.resolution.needs_reason else "info",
        }
        words = self._words()
        if answer["kind"] != "answer":
            what = words[answer.get("task") or "undo"]
            text = f"{member.email}: {what}"
            return [{**common, "text": text, "rule": "by_hand"}]
        asked = {row["field"]: row for row in member._differences()}
        rows = []
        for name, choice in case.rows:
            row = asked.get(name, {"label": name, "odoo": "", "tool": ""})
            rows.append(
                {
                    **common,
                    "text": f"{member.email}: {row['label']}: {words[choice]}",
                    "old_value": row["tool"],
                    "new_value": row["odoo"]
                    if choice != "own"
                    else str((answer.get("own") or {}).get(name) or ""),
                    "rule": "by_hand",
                }
            )
        return rows

    @api.model
    def _words(self):
        """{choice or task: what it is called}"""
        task = self.env["newsletter.member"]._fields["task"]
        return {
            **dict(task._description_selection(self.env)),
            "undo": self.env._("Decision taken back"),
            "odoo": self.env._("Odoo's side was taken"),
            "tool": self.env._("The tool's side was taken"),
            "accept": self.env._("The difference was accepted"),
            "own": self.env._("Another value was given for both sides"),
        }
