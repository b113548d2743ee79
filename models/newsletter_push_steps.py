"""The order of a push: each step takes work, speaks with the tool, keeps the answer.

``take`` and ``keep`` run in transactions of their own, ``speak`` in none. ``take``
returns None when the step has nothing (more) to do; then the next one's turn has come.
"""

from math import ceil
from types import SimpleNamespace

from odoo import fields
from odoo.exceptions import UserError

from ..connectors.errors import ConnectorError
from .newsletter_push_step import Step
from .newsletter_push_transmit import LOOKUP, LookUp, Transmit

#: records that are collected in one transaction
COLLECT = 500
#: pages of the tool's list that a preview reads without being asked
PREVIEW_PAGES = 20


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
        fields = work.connector.fields(work.list_id)
        return fields, work.connector.count(work.list_id)

    def keep(self, run, work, answer):
        remote_fields, count = answer
        if count is not None:
            run.remote_list_id.recipients = count
        mappings = run.env["newsletter.field.mapping"]._of_connection(
            run.connection_id, run.coupling_id
        )
        missing = mappings._match(remote_fields)._sending()
        run.write(
            {
                "missing_fields": ", ".join(missing.mapped("label")),
                "create_fields": run.create_fields
                and work.connector.capabilities.create_field,
                "cursor": {**(run.cursor or {}), "fields": missing.ids},
            }
        )


class ReadList(Step):
    """Compare with the tool's list page by page, if it is short enough for a preview.

    Reading a whole list sends no address to the tool; asking for single addresses
    would, so that waits until somebody has approved (see ``LookUp``).
    """

    def take(self, run, conversation):
        cursor = (run.cursor or {}).get("read")
        if cursor == "end" or not run._lines_waiting():
            return None
        connector = conversation.connector(run)
        can = connector.capabilities
        # the number may lag or be unknown, so what was read counts as well
        pages = max(
            ceil((run.remote_list_id.recipients or 0) / can.page_size),
            run.cursor.get("pages", 0) + 1,
        )
        if pages > PREVIEW_PAGES:
            return None
        blocked = None
        if cursor is None and can.read_blocklist:
            # the addresses alone: of a hundred thousand lines not every value
            addresses = run.env["newsletter.run.line"]._read_group(
                [("run_id", "=", run.id), ("result", "=", "waiting")], ["email"]
            )
            blocked = {email for (email,) in addresses}
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
        push._meet(run, lines, members)
        cursor = page.cursor if page and page.cursor else "end"
        pages = run.cursor.get("pages", 0) + 1
        run.cursor = {**run.cursor, "read": cursor, "pages": pages}
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
            lines.invalidate_recordset()  # or all of them would gather in memory
            last = lines.ids[-1]


class CreateFields(Step):
    """Create the attributes that the tool lacks, if wished; else name them."""

    def take(self, run, conversation):
        missing = (run.cursor or {}).get("fields")
        if not missing:
            return None
        mappings = run.env["newsletter.field.mapping"].browse(missing).exists()
        connector = conversation.connector(run)
        wanted = {}
        if run.create_fields and connector.capabilities.create_field:
            wanted = {m.id: (m.label, m._remote_type()) for m in mappings}
        # one field for all lists, where the tool can: the next list has it already
        own = not connector.capabilities.account_fields
        return SimpleNamespace(
            connector=connector,
            list_id=run.remote_list_id.remote_id if own else "",
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
