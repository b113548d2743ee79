"""The steps after the approval: look people up, transmit them in batches."""

import time
from itertools import islice
from types import SimpleNamespace

from ..connectors.contract import Join, MemberDraft, MemberRef, Outcome
from .newsletter_push import naive
from .newsletter_push_step import Step

#: lines looked up in one slice
LOOKUP = 1000
#: seconds between two questions for the end of an asynchronous batch
POLL_SECONDS = 2
#: tries with a person about whom the tool says nothing
MAX_LINE_TRIES = 3


class LookUp(Step):
    """Ask the tool for those whom the preview could not compare."""

    def take(self, run, conversation):
        lines = self.lines(
            run, [("result", "=", "waiting"), ("plan", "=", "unknown")], limit=LOOKUP
        )
        if not lines:
            return None
        return self.question(run, conversation, lines)

    @staticmethod
    def question(run, conversation, lines):
        return SimpleNamespace(
            connector=conversation.connector(run),
            list_id=run.remote_list_id.remote_id,
            line_ids=lines.ids,
            refs=[MemberRef(line.email, line.remote_id or "") for line in lines],
        )

    def speak(self, work):
        size = max(1, work.connector.capabilities.lookup_batch)
        rest = iter(work.refs)
        found = {}
        while part := list(islice(rest, size)):
            for member in work.connector.lookup(work.list_id, part):
                found[member.email] = member
        return found

    def keep(self, run, work, answer):
        push = run.env["newsletter.push"]
        lines = run.env["newsletter.run.line"].browse(work.line_ids)
        met = push._meet(run, lines, answer)
        push._absent(run, lines - met)


class Transmit(Step):
    """Send batch by batch. First of all, who is still in flight is read back."""

    look_up = LookUp()

    def take(self, run, conversation):
        if work := self.take_back(run, conversation):
            return work
        lines = self._next_batch(run, conversation.connector(run))
        return self._work(run, conversation, lines) if lines else None

    def take_back(self, run, conversation):
        in_flight = self.lines(run, [("result", "=", "in_flight")], limit=LOOKUP)
        if not in_flight:
            return None
        if job := (run.cursor or {}).get("job"):
            return self._work(run, conversation, in_flight, job)
        work = self.look_up.question(run, conversation, in_flight)
        work.kind = "read_back"
        return work

    def _work(self, run, conversation, lines, job=False):
        """Lines to be sent, or with ``job`` those whose batch is asked for its end."""
        names = run.env["newsletter.push"]._remote_names(run)
        reactions = run.coupling_id._reactions(lines.mapped("email"))
        return SimpleNamespace(
            kind="poll" if job else "send",
            job=job,
            connector=conversation.connector(run),
            list_id=run.remote_list_id.remote_id,
            line_ids=lines.ids,
            drafts=[self._draft(line, names, reactions[line.email]) for line in lines],
        )

    def _next_batch(self, run, connector):
        """Lines of one plan, checked once more and marked as in flight."""
        for plan in ("new", "update"):
            while lines := self.lines(
                run,
                [("result", "=", "waiting"), ("plan", "=", plan)],
                limit=connector.capabilities.batch_size,
            ):
                fit = run.env["newsletter.push"]._still_eligible(run, lines)
                run.done += len(lines) - len(fit)
                if fit:
                    fit.result = "in_flight"
                    return fit
        return None

    @staticmethod
    def _draft(line, names, reactions):
        names = names[line._kind()]
        return MemberDraft(
            email=line.email,
            remote_id=line.remote_id or "",
            values={
                names[key]: value
                for key, value in (line.values or {}).items()
                if key in names
            },
            # who is known is only updated: if removed meanwhile, nobody comes back
            join=Join.SUBSCRIBE if line.plan == "new" else Join.NEVER,
            reactions=reactions,
        )

    def speak(self, work):
        if work.kind == "read_back":
            return self.look_up.speak(work)
        if work.kind == "poll":
            time.sleep(POLL_SECONDS)
            return work.connector.poll(work.list_id, work.job, work.drafts)
        return work.connector.upsert(work.list_id, work.drafts)

    def keep(self, run, work, answer):
        lines = run.env["newsletter.run.line"].browse(work.line_ids)
        if work.kind == "read_back":
            self._keep_read_back(run, lines, answer)
        elif answer.job:
            run.cursor = {**run.cursor, "job": answer.job}
        else:
            if work.job:
                run.cursor = {**run.cursor, "job": False}
            self._keep_rows(run, lines, answer.rows)

    def _keep_rows(self, run, lines, rows):
        answers = {row.email: row for row in rows}
        for line in lines:
            row = answers.get(line.email)
            if row is None or self._says_too_little(line, row):
                continue  # stays in flight and is read back
            line.write(self._result(line, row))
        self._close(run, lines.filtered(lambda line: line.result != "in_flight"))

    @staticmethod
    def _says_too_little(line, row):
        """An unknown fate, or done without the tool's id that a member needs."""
        if row.outcome in (Outcome.REFUSED, Outcome.SKIPPED):
            return False
        return row.outcome == Outcome.UNKNOWN or not (row.remote_id or line.remote_id)

    @staticmethod
    def _result(line, row):
        if row.outcome == Outcome.REFUSED:
            reason = f"refused_{row.refusal.value if row.refusal else 'other'}"
            return {"result": "failed", "reason": reason, "message": row.message}
        if row.outcome == Outcome.SKIPPED:
            return {"result": "skipped", "reason": "left_list"}
        new = line.plan == "new" and row.outcome != Outcome.UPDATED
        values = {"result": "subscribed" if new else "updated"}
        if row.remote_id:
            values["remote_id"] = row.remote_id
        if row.status:
            values["remote_status"] = row.status.value
        elif new:
            values["remote_status"] = "subscribed"
        return values

    def _keep_read_back(self, run, lines, found):
        """What arrived is done; what did not is sent again, but not for ever."""
        push = run.env["newsletter.push"]
        names = push._remote_names(run)
        for line in lines:
            remote = found.get(line.email)
            if remote:
                line.write(
                    {
                        "remote_id": remote.remote_id,
                        "remote_status": remote.status.value,
                        "remote_status_at": naive(remote.status_at),
                    }
                )
            if remote and push._holds(line, remote, names):
                line.result = "subscribed" if line.plan == "new" else "updated"
            elif line.tries + 1 >= MAX_LINE_TRIES:
                message = run.env._("The tool gives no answer about this person.")
                line.write(
                    {"result": "failed", "reason": "refused_other", "message": message}
                )
            else:
                line.write(
                    {
                        "result": "waiting",
                        "tries": line.tries + 1,
                        "plan": "update" if remote else line.plan,
                    }
                )
        settled = lines.filtered(lambda line: line.result != "waiting")
        self._close(run, settled)
        # whoever is there is a member, even if their values have to be sent again
        there = lines.filtered(lambda line: line.email in found)
        push._remember(run, there - settled.filtered(lambda l: l.result != "failed"))

    @staticmethod
    def _close(run, lines):
        """Remember and log what is settled."""
        push = run.env["newsletter.push"]
        push._remember(run, lines.filtered(lambda line: line.result != "failed"))
        run.remote_list_id._note_sent(lines.mapped("result"))
        run.done += len(lines)
        for result, code, text in (
            ("subscribed", "subscribed", run.env._("Newly subscribed: %s")),
            ("updated", "updated", run.env._("Updated: %s")),
            ("failed", "refused", run.env._("Refused by the tool: %s")),
            ("skipped", "left_out", run.env._("No longer in the tool: %s")),
        ):
            settled = lines.filtered(lambda line, result=result: line.result == result)
            push._log_lines(run, settled, code, text)
