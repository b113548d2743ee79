"""The steps of a fetch and of a comparison; see ``newsletter_run_flow``."""

import io
import json
from datetime import timedelta, timezone
from types import SimpleNamespace

from odoo import fields

from ..sync.address import parse
from ..sync.values import digest
from .newsletter_push import naive
from .newsletter_push_step import Step

#: people decided about in one transaction
SLICE = 500
_COLUMNS = (
    *("run_id", "remote_id", "email", "status", "status_at", "changed_at"),
    *("opt_in_at", "opt_in_ip", "reason", "values", "digest"),
)


class Prepare(Step):
    """Find the mapped attributes in the tool."""

    def take(self, run, conversation):
        if "fields" in (run.cursor or {}):
            return None
        run.started_at = run.started_at or fields.Datetime.now()
        connector = conversation.connector(run)
        return SimpleNamespace(
            connector=connector, list_id=run.remote_list_id.remote_id
        )

    def speak(self, work):
        found = work.connector.fields(work.list_id)
        return found, work.connector.count(work.list_id)

    def keep(self, run, work, answer):
        remote_fields, count = answer
        if count is not None:
            run.remote_list_id.recipients = count
        run.env["newsletter.field.mapping"]._of_connection(
            run.connection_id, run.coupling_id
        )._match(remote_fields)
        run.write({"cursor": {"fields": True}, "total": count or 0})


class ReadAll(Step):
    """Read the tool's list page by page into the stage, or only what changed.

    The page and the place after it are committed together: a killed read goes on where
    it was and reads nothing twice.
    """

    def take(self, run, conversation):
        place = (run.cursor or {}).get("read", "")
        if place is None:
            return None
        connector = conversation.connector(run)
        coupling = run.coupling_id
        since = None
        if not run.whole and connector.capabilities.changes and coupling.fetched_at:
            overlap = timedelta(seconds=connector.capabilities.changes_overlap)
            since = coupling.fetched_at.replace(tzinfo=timezone.utc) - overlap
        mappings = run.env["newsletter.field.mapping"]._of_connection(
            run.connection_id, run.coupling_id
        )
        return SimpleNamespace(
            connector=connector,
            list_id=run.remote_list_id.remote_id,
            place=place,
            since=since,
            names={str(m.id): m.remote_name for m in mappings if m.remote_name},
            types={str(m.id): m._remote_type().value for m in mappings},
        )

    def speak(self, work):
        if work.since is not None:
            pages = work.connector.changes(work.list_id, work.since, work.place)
        else:
            pages = work.connector.members(work.list_id, work.place)
        page = next(iter(pages), None)
        rows = [self.row(work, member) for member in page.members] if page else []
        return rows, page.cursor if page else ""

    @staticmethod
    def row(work, member):
        """What the stage keeps of a recipient: the mapped values, nothing else."""
        values = {
            key: member.values.get(name)
            for key, name in work.names.items()
            if member.values.get(name) not in (None, "")
        }
        return (
            member.remote_id,
            parse(member.email).email or member.email.strip().lower(),
            member.status.value,
            naive(member.status_at),
            naive(member.changed_at),
            naive(member.opt_in_at),
            member.opt_in_ip,
            member.reason,
            json.dumps(values, default=str),
            digest(values, work.types),
        )

    @staticmethod
    def absent(remote_id, email):
        """Somebody who was looked for and is not there: a row without a status."""
        return (remote_id, email, *[None] * (len(_COLUMNS) - 3))

    def keep(self, run, work, answer):
        rows, place = answer
        self.store(run, rows)
        cursor = {**run.cursor, "read": place or None}
        run.write({"cursor": cursor, "done": run.done + len(rows)})

    @staticmethod
    def store(run, rows):
        """Put rows into the stage of a run."""
        lines = io.StringIO(
            "".join(
                "\t".join(_copied(value) for value in (run.id, *row)) + "\n"
                for row in rows
            )
        )
        names = ", ".join(f'"{name}"' for name in _COLUMNS)
        run.env.cr.copy_expert(f"COPY newsletter_fetched ({names}) FROM STDIN", lines)


def _copied(value):
    """A value as ``COPY`` reads it; NUL is no character of a text in PostgreSQL."""
    if value is None or value is False:
        return "\\N"
    text = str(value).replace("\0", "")
    for character, escaped in (("\\", "\\\\"), ("\t", "\\t"), ("\n", "\\n")):
        text = text.replace(character, escaped)
    return text.replace("\r", "\\r")


class Compare(Step):
    """Find the candidates; stop if the tool's list came back suspiciously empty."""

    def take(self, run, conversation):
        return None if "compared" in (run.cursor or {}) else SimpleNamespace()

    def keep(self, run, work, answer):
        whole = run.kind == "fetch" and self._is_whole(run)
        if whole and not run.overrule_brake:
            run._brake_if_empty()
            if run.state == "stopped":
                return
        found = run.env["newsletter.compare"]._find(run, whole)
        run.write(
            {
                "cursor": {**(run.cursor or {}), "compared": True, "whole": whole},
                "total": found,
                "done": 0,
            }
        )

    @staticmethod
    def _is_whole(run):
        changes = run.connection_id._connector_class().capabilities.changes
        return run.whole or not changes or not run.coupling_id.fetched_at


class Reconcile(Step):
    """Decide about the candidates, slice by slice."""

    def take(self, run, conversation):
        candidates = run.env["newsletter.candidate"].search(
            [("run_id", "=", run.id)], order="id", limit=SLICE
        )
        return SimpleNamespace(ids=candidates.ids) if candidates else None

    def keep(self, run, work, answer):
        candidates = run.env["newsletter.candidate"].browse(work.ids).exists()
        run.env["newsletter.reconcile"]._settle(run, candidates)
        candidates.unlink()
        run.done += len(work.ids)


class FinishFetch(Step):
    """Clear the stage, remember when, tell the result."""

    def take(self, run, conversation):
        return None if run.state == "done" else SimpleNamespace()

    def keep(self, run, work, answer):
        run.env.cr.execute("DELETE FROM newsletter_fetched WHERE run_id = %s", [run.id])
        coupling = run.coupling_id
        if run.kind == "fetch":
            values = {"fetched_at": run.started_at}
            if Compare._is_whole(run):
                values["full_fetched_at"] = run.started_at
            coupling.write(values)
        run._compared()


FETCH = {
    "fields": Prepare(),
    "read": ReadAll(),
    "compare": Compare(),
    "reconcile": Reconcile(),
    "finish": FinishFetch(),
}
RECONCILE = {
    "compare": Compare(),
    "reconcile": Reconcile(),
    "finish": FinishFetch(),
}
