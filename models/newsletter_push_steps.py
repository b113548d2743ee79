"""The order of a push: each step takes work, speaks with the tool, keeps the answer.

``take`` and ``keep`` run in transactions of their own, ``speak`` in none. ``take``
returns None when the step has nothing (more) to do; then the next one's turn has come.
"""

import time
from itertools import islice
from math import ceil
from types import SimpleNamespace

from odoo import fields
from odoo.exceptions import UserError

from ..connectors.contract import Join, MemberDraft, MemberRef, Outcome
from ..connectors.errors import ConnectorError
from ..sync.values import same
from .newsletter_push import naive

#: records that are collected in one transaction
COLLECT = 500
#: pages of the tool's list that a preview reads without being asked
PREVIEW_PAGES = 20
#: lines looked up in one slice
LOOKUP = 1000
#: seconds between two questions for the end of an asynchronous batch
POLL_SECONDS = 2
#: tries with a person about whom the tool says nothing
MAX_LINE_TRIES = 3


class Step:
    """Base of the steps; they hold no state of their own."""

    def take(self, run, conversation):
        raise NotImplementedError

    def speak(self, work):
        return None

    def keep(self, run, work, answer):
        raise NotImplementedError

    @staticmethod
    def lines(run, domain, limit=None):
        return run.env["newsletter.run.line"].search(
            [("run_id", "=", run.id), *domain], order="id", limit=limit
        )


class Collect(Step):
    """Turn the selection into lines, some hundred records at a time."""

    def take(self, run, conversation):
        cursor = (run.cursor or {}).get("collect", 0)
        records = self._selected(run, [("id", ">", cursor)], limit=COLLECT)
        if not cursor:
            run.write(
                {
                    "total": self._selected(run, count=True),
                    "done": 0,
                    "started_at": fields.Datetime.now(),
                }
            )
        return SimpleNamespace(ids=records.ids) if records else None

    def keep(self, run, work, answer):
        # the records are read with the rights of the user who selected them
        records = run.env[run.res_model].with_user(run.user_id).browse(work.ids)
        run.env["newsletter.push"]._collect(run, records.exists())
        run.write(
            {
                "cursor": {**(run.cursor or {}), "collect": work.ids[-1]},
                "done": run.done + len(work.ids),
            }
        )

    @staticmethod
    def _selected(run, domain=(), limit=None, count=False):
        model = run.env[run.res_model].with_user(run.user_id)
        selection = fields.Domain(run.selection_domain)
        if any(c.field_expr == "id" for c in selection.iter_conditions()):
            # single records were ticked, archived ones among them are named
            model = model.with_context(active_test=False)
        if count:
            return model.search_count(selection)
        return model.search(
            selection & fields.Domain(list(domain)), order="id", limit=limit
        )


class MatchFields(Step):
    """Find the mapped attributes in the tool, so that values can be compared."""

    def take(self, run, conversation):
        if "fields" in (run.cursor or {}) or not run._lines_waiting():
            return None
        return SimpleNamespace(
            connector=conversation.connector(run), list_id=run.remote_list_id.remote_id
        )

    def speak(self, work):
        return work.connector.fields(work.list_id)

    def keep(self, run, work, answer):
        mappings = run.env["newsletter.field.mapping"]._to_tool(run.connection_id)
        missing = mappings._match(answer)
        run.write(
            {
                "missing_fields": ", ".join(missing.mapped("label")),
                "cursor": {**(run.cursor or {}), "fields": missing.ids},
            }
        )


class ReadList(Step):
    """Compare with the tool's list page by page, where it is short enough for a preview.

    Reading a whole list sends no address to the tool; asking for single addresses would,
    so that waits until somebody has approved (see ``LookUp``).
    """

    def take(self, run, conversation):
        cursor = (run.cursor or {}).get("read")
        if cursor == "end" or not run._lines_waiting():
            return None
        connector = conversation.connector(run)
        can = connector.capabilities
        pages = ceil((run.remote_list_id.recipients or 0) / can.page_size)
        if cursor is None and pages > PREVIEW_PAGES:
            return None
        blocked = None
        if cursor is None and can.read_blocklist:
            lines = self.lines(run, [("result", "=", "waiting")])
            blocked = set(lines.mapped("email"))
        return SimpleNamespace(
            connector=connector,
            list_id=run.remote_list_id.remote_id,
            cursor=cursor or "",
            blocked=blocked,
        )

    def speak(self, work):
        blocked = []
        if work.blocked is not None:
            blocked = [e for e in work.connector.blocked() if e in work.blocked]
        pages = work.connector.members(work.list_id, work.cursor)
        return blocked, next(iter(pages), None)

    def keep(self, run, work, answer):
        blocked, page = answer
        push = run.env["newsletter.push"]
        if blocked:
            self.lines(
                run, [("email", "in", blocked), ("result", "=", "waiting")]
            ).write({"plan": "skip", "result": "skipped", "reason": "blocked_in_tool"})
        members = {member.email: member for member in page.members} if page else {}
        lines = self.lines(
            run, [("email", "in", list(members)), ("result", "=", "waiting")]
        )
        met = push._meet(run, lines, members)
        seen = run.cursor.get("met", 0) + len(met)
        cursor = page.cursor if page and page.cursor else "end"
        run.cursor = {**run.cursor, "read": cursor, "met": seen}
        if cursor == "end":
            self._rest_is_absent(run, push)

    def _rest_is_absent(self, run, push):
        """Everybody who was in no page is not in the tool."""
        last = 0
        while lines := self.lines(
            run,
            [
                ("id", ">", last),
                ("result", "=", "waiting"),
                ("seen", "=", False),
            ],
            limit=LOOKUP,
        ):
            push._absent(run, lines)
            last = lines.ids[-1]


class CreateFields(Step):
    """Create the attributes that the tool lacks, if wished; else say what is left out."""

    def take(self, run, conversation):
        missing = (run.cursor or {}).get("fields")
        if not missing:
            return None
        mappings = run.env["newsletter.field.mapping"].browse(missing).exists()
        connector = conversation.connector(run)
        wanted = {}
        if run.create_fields and connector.capabilities.create_field:
            wanted = {m.id: (m.label, m._remote_type()) for m in mappings}
        return SimpleNamespace(
            connector=connector,
            list_id=run.remote_list_id.remote_id,
            mappings=mappings.ids,
            wanted=wanted,
        )

    def speak(self, work):
        made, refused = {}, {}
        for mapping_id, (label, field_type) in work.wanted.items():
            try:
                made[mapping_id] = work.connector.create_field(
                    label, field_type, work.list_id
                )
            except ConnectorError as error:
                if error.retryable:
                    raise
                refused[mapping_id] = error
        return made, refused

    def keep(self, run, work, answer):
        made, refused = answer
        events = []
        for mapping in run.env["newsletter.field.mapping"].browse(work.mappings):
            if mapping.id in made:
                mapping.remote_name = made[mapping.id].name
                text = run.env._(
                    "The field “%s” was created in the tool.", mapping.label
                )
                events.append({"code": "field_created", "run": run, "text": text})
                continue
            error = refused.get(mapping.id)
            text = run.env._(
                "The field “%s” is not in the tool and is not transmitted.",
                mapping.label,
            )
            detail = run.connection_id._explain(error) if error else False
            events.append(
                {"code": "field_missing", "run": run, "text": text, "detail": detail}
            )
        run.env["newsletter.event"]._log_many(events)
        run.cursor = {**run.cursor, "fields": []}


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
        in_flight = self.lines(run, [("result", "=", "in_flight")], limit=LOOKUP)
        job = (run.cursor or {}).get("job")
        if in_flight and not job:
            work = self.look_up.question(run, conversation, in_flight)
            work.kind = "read_back"
            return work
        connector = conversation.connector(run)
        lines = in_flight if job else self._next_batch(run, connector)
        if not lines:
            return None
        names = run.env["newsletter.push"]._remote_names(run)
        return SimpleNamespace(
            kind="poll" if job else "send",
            job=job,
            connector=connector,
            list_id=run.remote_list_id.remote_id,
            line_ids=lines.ids,
            drafts=[self._draft(line, names) for line in lines],
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
    def _draft(line, names):
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
            if row is None or row.outcome == Outcome.UNKNOWN:
                continue  # stays in flight and is read back
            line.write(self._result(line, row))
        self._close(run, lines.filtered(lambda line: line.result != "in_flight"))

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
        names = run.env["newsletter.push"]._remote_names(run)
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
            if remote and all(
                same(value, remote.values.get(names[key]))
                for key, value in (line.values or {}).items()
                if key in names
            ):
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
        self._close(run, lines.filtered(lambda line: line.result != "waiting"))

    @staticmethod
    def _close(run, lines):
        """Remember and log what is settled."""
        push = run.env["newsletter.push"]
        push._remember(run, lines.filtered(lambda line: line.result != "failed"))
        run.done += len(lines)
        for result, code, text in (
            ("subscribed", "subscribed", run.env._("Newly subscribed: %s")),
            ("updated", "updated", run.env._("Updated: %s")),
            ("failed", "refused", run.env._("Refused by the tool: %s")),
            ("skipped", "left_out", run.env._("No longer in the tool: %s")),
        ):
            settled = lines.filtered(lambda line, result=result: line.result == result)
            push._log_lines(run, settled, code, text)


class Finish(Step):
    """Settle the unchanged ones and tell the result."""

    def take(self, run, conversation):
        return None if run.state == "done" else SimpleNamespace()

    def keep(self, run, work, answer):
        unchanged = self.lines(
            run, [("result", "=", "waiting"), ("plan", "=", "unchanged")]
        )
        unchanged.result = "unchanged"
        run._finished()


class Decide(Step):
    """The work rests here until a person has seen the preview."""

    def take(self, run, conversation):
        raise UserError(run.env._("This run waits for a decision."))


STEPS = {
    "collect": Collect(),
    "fields": MatchFields(),
    "read": ReadList(),
    "decide": Decide(),
    "create_fields": CreateFields(),
    "lookup": LookUp(),
    "transmit": Transmit(),
    "finish": Finish(),
}
