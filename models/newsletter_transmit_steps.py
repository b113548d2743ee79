"""The steps of a transmission: dry run, approval, exactly the approved tasks."""

import time
from types import SimpleNamespace

from odoo import fields

from ..connectors.contract import Join, MemberDraft, MemberRef, Outcome
from ..sync.eligibility import consent_missing
from ..sync.reconcile import LEFT
from ..sync.values import digest
from ..sync.vocabulary import Status
from .newsletter_push import naive
from .newsletter_push_step import Step
from .newsletter_push_steps import Decide
from .newsletter_push_transmit import MAX_LINE_TRIES, POLL_SECONDS

#: members that become lines in one transaction
PLAN = 1000
#: tasks that the tool takes one person at a time
SINGLE = ("unsubscribe", "delete", "change_address")
_JOINS = {"transmit": Join.SUBSCRIBE, "update": Join.NEVER, "signup": Join.ASK}
_DONE = {
    "transmit": "subscribed",
    "update": "updated",
    "signup": "asked",
    "unsubscribe": "unsubscribed",
    "delete": "deleted",
    "change_address": "moved",
}
#: what the tool says of somebody after a task, where its answer does not
_STATUS_AFTER = {
    "transmit": "subscribed",
    "signup": "pending",
    "unsubscribe": "unsubscribed",
}


class Plan(Step):
    """Each member with an open task becomes a line with old and new values."""

    def take(self, run, conversation):
        after = (run.cursor or {}).get("planned", 0)
        domain = [
            ("coupling_id", "=", run.coupling_id.id),
            ("task", "!=", False),
            ("outdated", "=", False),
            ("parked", "=", False),
            ("id", ">", after),
            "|",
            ("next_try_at", "=", False),
            ("next_try_at", "<=", fields.Datetime.now()),
        ]
        if run.selection_domain:
            domain += run.selection_domain
        members = run.env["newsletter.member"].search(domain, order="id", limit=PLAN)
        return SimpleNamespace(ids=members.ids) if members else None

    def keep(self, run, work, answer):
        members = run.env["newsletter.member"].browse(work.ids)
        run.env["newsletter.run.line"].create(
            [self._line(run, member) for member in members]
        )
        run.write(
            {
                "cursor": {**(run.cursor or {}), "planned": work.ids[-1]},
                "selected": run.selected + len(members),
                "total": run.total + len(members),
            }
        )

    @staticmethod
    def _line(run, member):
        values = member._values_to_send()
        return {
            "run_id": run.id,
            "res_model": member._name,
            "res_id": member.id,
            "member_id": member.id,
            "name": member.name,
            "email": member.email,
            "raw_email": member.email,
            "plan": member.task,
            "remote_id": member.remote_id,
            "remote_status": member.remote_status,
            "values": values,
            "old_values": member.remote_values or member.base_values,
            "digest": digest(values),
            "partner_id": member.partner_id.id,
            "contact_id": member.contact_id.id,
            "lead_id": member.lead_id.id,
        }


class Send(Step):
    """Batch by batch; first of all, who is still in flight is read back."""

    def take(self, run, conversation):
        connector = conversation.connector(run)
        in_flight = self.lines(run, [("result", "=", "in_flight")], limit=1000)
        job = (run.cursor or {}).get("job")
        kind, lines = "send", in_flight
        if in_flight:
            kind = "poll" if job else "read_back"
        else:
            lines = self._next(run, connector)
            if not lines:
                return None
        names = run.env["newsletter.push"]._remote_names(run)
        process = run.coupling_id.opt_in_process or ""
        first = lines[0]
        raised = first.plan in ("transmit", "signup") and first.remote_status in LEFT
        return SimpleNamespace(
            kind=kind,
            job=job,
            connector=connector,
            list_id=run.remote_list_id.remote_id,
            line_ids=lines.ids,
            task=first.plan,
            raised=raised,
            refs=[MemberRef(line.email, line.remote_id or "") for line in lines],
            moves=[line.member_id._address_wanted() for line in lines]
            if first.plan == "change_address"
            else [],
            drafts=[self._draft(line, names, process) for line in lines],
        )

    def _next(self, run, connector):
        """Lines of one task, checked once more and marked as in flight.

        Leavings go first, and nobody waits for them.
        """
        for task in (*SINGLE, "update", "transmit", "signup"):
            size = 25 if task in SINGLE else connector.capabilities.batch_size
            groups = [[]]
            if task in ("transmit", "signup"):
                left = [status.value for status in LEFT]
                groups = [
                    [("remote_status", "not in", left)],
                    [("remote_status", "in", left)],
                ]
            for group in groups:
                limit = 1 if group and group[0][1] == "in" else size
                while lines := self.lines(
                    run,
                    [("result", "=", "waiting"), ("plan", "=", task), *group],
                    limit=limit,
                ):
                    fit = self._still_fit(run, task, lines)
                    run.done += len(lines) - len(fit)
                    if fit:
                        fit.result = "in_flight"
                        fit.member_id.in_flight_run_id = run
                        return fit
        return None

    @staticmethod
    def _still_fit(run, task, lines):
        """Leave out whose task or values changed, and who may not join any more."""
        facts = {}
        if task in ("transmit", "signup", "update"):
            facts = run.env["newsletter.push"]._shared_facts(run, lines.mapped("email"))
        fit = lines.browse()
        for line in lines:
            member, known = line.member_id, facts.get(line.email, {})
            reason = None
            if not member:
                reason = "gone"
            elif known.get("blocklisted"):
                reason = "blocklisted"
            elif known.get("unwanted"):
                reason = "unwanted"
            elif member.task != task or digest(member._values_to_send()) != line.digest:
                reason = "changed"
            elif task != "update" and known:
                lacks = consent_missing(known["consent"], known["basis"], known["aged"])
                reason = lacks.value if lacks else None
            if reason:
                line.write({"plan": "skip", "result": "skipped", "reason": reason})
            else:
                fit |= line
        push = run.env["newsletter.push"]
        push._log_lines(
            run, lines - fit, "left_out", run.env._("Left out: %s"), "reason"
        )
        return fit

    @staticmethod
    def _draft(line, names, process):
        return MemberDraft(
            email=line.email,
            remote_id=line.remote_id or "",
            values={
                names[key]: value
                for key, value in (line.values or {}).items()
                if key in names
            },
            join=_JOINS.get(line.plan, Join.NEVER),
            opt_in_process=process,
        )

    # --- speak -----------------------------------------------------------------------
    def speak(self, work):
        connector = work.connector
        if work.kind == "read_back":
            found = {}
            for member in connector.lookup(work.list_id, work.refs):
                found[member.email] = found[member.remote_id] = member
            return found
        if work.kind == "poll":
            time.sleep(POLL_SECONDS)
            return connector.poll(work.list_id, work.job, work.drafts)
        if work.task in SINGLE:
            for number, ref in enumerate(work.refs):
                self._speak_single(work, ref, number)
            return None
        if work.raised:
            return SimpleNamespace(
                job="", rows=[connector.subscribe(work.list_id, work.drafts[0])]
            )
        return connector.upsert(work.list_id, work.drafts)

    @staticmethod
    def _speak_single(work, ref, number):
        """Each of these is harmless when repeated, so a kill in between is, too."""
        connector = work.connector
        if work.task == "unsubscribe":
            connector.unsubscribe(work.list_id, ref)
        elif work.task == "delete":
            if connector.capabilities.remove_from_list:
                connector.remove(work.list_id, ref)
            else:
                connector.unsubscribe(work.list_id, ref)
        elif work.moves[number]:
            connector.change_address(ref, work.moves[number])

    # --- keep ------------------------------------------------------------------------
    def keep(self, run, work, answer):
        lines = run.env["newsletter.run.line"].browse(work.line_ids)
        if work.kind == "read_back":
            return self._keep_read_back(run, lines, answer)
        if answer is None:
            for line in lines:
                self._done(run, line, None)
            return self._close(run, lines)
        if answer.job:
            run.cursor = {**run.cursor, "job": answer.job}
            return None
        if work.job:
            run.cursor = {**run.cursor, "job": False}
        rows = {row.email: row for row in answer.rows}
        for line in lines:
            row = rows.get(line.email)
            if row is None or row.outcome is Outcome.UNKNOWN:
                continue  # stays in flight and is read back
            self._done(run, line, row)
        return self._close(run, lines.filtered(lambda l: l.result != "in_flight"))

    def _keep_read_back(self, run, lines, found):
        """What arrived is done; what did not is sent again, but not for ever."""
        for line in lines:
            remote = found.get(line.remote_id) or found.get(line.email)
            if self._arrived(run, line, remote):
                self._done(run, line, None, remote)
            elif line.tries + 1 >= MAX_LINE_TRIES:
                message = run.env._("The tool gives no answer about this person.")
                line.write(
                    {"result": "failed", "reason": "refused_other", "message": message}
                )
                line.member_id._failed(message)
            else:
                line.write({"result": "waiting", "tries": line.tries + 1})
        self._close(run, lines.filtered(lambda l: l.result != "waiting"))

    @staticmethod
    def _arrived(run, line, remote):
        if line.plan in ("unsubscribe", "delete"):
            return remote is None or remote.status in LEFT
        if remote is None:
            return False
        if line.plan == "change_address":
            return remote.email == line.member_id._address_wanted()
        push = run.env["newsletter.push"]
        holds = push._holds(line, remote, push._remote_names(run))
        if line.plan == "transmit":
            return holds and remote.status not in LEFT
        return holds or (line.plan == "signup" and remote.status is Status.PENDING)

    @staticmethod
    def _done(run, line, row, remote=None):
        """The tool did it, or said why not: the line's result and the member's."""
        member = line.member_id
        if row is not None and row.outcome is Outcome.REFUSED:
            reason = f"refused_{row.refusal.value if row.refusal else 'other'}"
            line.write({"result": "failed", "reason": reason, "message": row.message})
            member._failed(row.message or reason)
            return
        if row is not None and row.outcome is Outcome.SKIPPED:
            line.write({"result": "skipped", "reason": "left_list"})
            member.write({"task": False, "in_flight_run_id": False})
            return
        line.result = _DONE[line.plan]
        said = remote or row
        values = {}
        if said is not None and said.remote_id:
            values["remote_id"] = line.remote_id = said.remote_id
        if said is not None and said.status:
            status = said.status.value
        else:
            status = _STATUS_AFTER.get(line.plan) or member.remote_status
        line.remote_status = status
        if remote is not None:
            values["remote_status_at"] = naive(remote.status_at)
        member._transmitted(line.plan, status, line.values or {}, values)

    @staticmethod
    def _close(run, lines):
        run.done += len(lines)
        push = run.env["newsletter.push"]
        for result, code, text in (
            ("subscribed", "subscribed", run.env._("Newly subscribed: %s")),
            ("updated", "updated", run.env._("Updated: %s")),
            ("asked", "asked", run.env._("Asked by the tool's double opt-in: %s")),
            ("unsubscribed", "opt_out_done", run.env._("Unsubscribed: %s")),
            ("deleted", "deleted", run.env._("Removed from the list: %s")),
            ("moved", "moved", run.env._("Address changed: %s")),
            ("failed", "refused", run.env._("Refused by the tool: %s")),
            ("skipped", "left_out", run.env._("No longer in the tool: %s")),
        ):
            settled = lines.filtered(lambda line, result=result: line.result == result)
            push._log_lines(run, settled, code, text)


class Finish(Step):
    def take(self, run, conversation):
        return None if run.state == "done" else SimpleNamespace()

    def keep(self, run, work, answer):
        run._finished()


STEPS = {
    "plan": Plan(),
    "decide": Decide(),
    "transmit": Send(),
    "finish": Finish(),
}
