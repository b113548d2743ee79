"""The steps of a fetch and of a comparison; see ``newsletter_run_flow``."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta, timezone
from types import SimpleNamespace

from odoo import fields

from ..connectors.contract import MemberRef
from ..connectors.errors import ConnectorError
from . import newsletter_stage as stage
from .newsletter_compare import MANY
from .newsletter_log_steps import LogSuccesses
from .newsletter_push_step import Step

#: people decided about in one transaction
SLICE = 1000
#: strangers taken in by one transaction
ENTER = 25_000
#: people whom one slice asks the tool for, where one call answers many, and else
LOOK_UP, LOOK_UP_SINGLY = 1000, 25
#: a slice of reading ends after so many people or seconds, whichever comes first
READ_PEOPLE = 20_000
READ_SECONDS = 3


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

    The pages and the place after them are committed together: a killed read goes on
    where it was and reads nothing twice. A slice takes as many pages as come within
    some seconds, so that neither fast nor slow tools wait for transactions.
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
            run_id=run.id,
            connector=connector,
            conversation=conversation,
            list_id=run.remote_list_id.remote_id,
            place=place,
            since=since,
            **stage.mapped(mappings),
        )

    def speak(self, work):
        begun = time.monotonic()
        until = begun + READ_SECONDS
        answer = SimpleNamespace(texts=[], place=work.place, count=0, error=None)
        pages = work.conversation.pages(work.place)
        if not pages:
            pages, work.conversation.asked_at = self._pages(work), stage.before_asking()
        work.asked_at = work.conversation.asked_at
        # while the next page is on its way, the last one is turned into text
        with ThreadPoolExecutor(1) as hand:
            coming, read = [], 0
            try:
                for page in pages:
                    text = hand.submit(self.text, work, page.members)
                    coming.append((page.cursor or None, len(page.members), text))
                    read += len(page.members)
                    full = read >= READ_PEOPLE or time.monotonic() >= until
                    if full or not page.cursor:
                        break
                else:
                    coming.append((None, 0, None))
            except ConnectorError as failure:
                answer.error = failure
            try:
                for place, count, text in coming:
                    if text:
                        answer.texts.append(text.result())
                    answer.place, answer.count = place, answer.count + count
            except ConnectorError as failure:
                # in a page before the one that did not come
                answer.error = failure
        # what came before a failure is kept
        work.conversation.keep_pages(answer.place, None if answer.error else pages)
        answer.seconds = time.monotonic() - begun
        return answer

    def proves(self, work, answer):
        return answer.count > 0 or not answer.error

    @staticmethod
    def _pages(work):
        if work.since is None:
            return work.connector.members(work.list_id, work.place)
        return work.connector.changes(work.list_id, work.since, work.place)

    @staticmethod
    def text(work, members):
        """Members as the text that fills the stage."""
        return stage.as_copy(
            work.run_id,
            [
                stage.row(work.names, work.types, member, work.asked_at)
                for member in members
            ],
        )

    def keep(self, run, work, answer):
        if not work.place and work.since is None:
            run._open_own_stage()
        table = run._stage_name()
        for text in answer.texts:
            stage.store(run.env.cr, text, table)
        done = run.done + answer.count
        cursor = {**run.cursor, "read": answer.place}
        cursor["reading"] = cursor.get("reading", 0) + answer.seconds
        values = {"cursor": cursor, "done": done}
        if run.total and done > run.total:
            values["total"] = done
        run.write(values)


class Compare(Step):
    """Find the candidates; stop before far more would happen than usual."""

    def take(self, run, conversation):
        return None if "compared" in (run.cursor or {}) else SimpleNamespace()

    def keep(self, run, work, answer):
        whole = run.kind == "fetch" and self._is_whole(run)
        found = run.env["newsletter.compare"]._find(run, whole)
        cursor = {"staged": run.done, **(run.cursor or {})}
        cursor.update(compared=True, whole=whole)
        run.write(
            {
                "cursor": cursor,
                "total": found,
                "done": 0,
            }
        )
        run._stop_if_unusual()

    @staticmethod
    def _is_whole(run):
        changes = run.connection_id._connector_class().capabilities.changes
        return run.whole or not changes or not run.coupling_id.fetched_at


class LookUpGone(Step):
    """Ask the tool once more for everybody who was not in its whole list.

    While a list is read, somebody's leaving moves the pages behind, and whoever stood
    at the edge is never seen. Nobody is taken for gone because of that.
    """

    def take(self, run, conversation):
        rows = run.env["newsletter.candidate"].search(
            [("run_id", "=", run.id), ("kind", "=", "gone")], order="id", limit=LOOK_UP
        )
        if not rows:
            return None
        connector = conversation.connector(run)
        if connector.capabilities.lookup_batch <= 1:
            rows = rows[:LOOK_UP_SINGLY]
        members = run.env["newsletter.member"].browse(rows.mapped("member_id")).exists()
        mappings = run.env["newsletter.field.mapping"]._of_connection(
            run.connection_id, run.coupling_id
        )
        return SimpleNamespace(
            ids=rows.ids,
            connector=connector,
            list_id=run.remote_list_id.remote_id,
            refs=[MemberRef(each.email, each.remote_id or "") for each in members],
            **stage.mapped(mappings),
        )

    def speak(self, work):
        size = max(1, work.connector.capabilities.lookup_batch)
        work.asked_at = stage.before_asking()
        return [
            member
            for start in range(0, len(work.refs), size)
            for member in work.connector.lookup(
                work.list_id, work.refs[start : start + size]
            )
        ]

    def keep(self, run, work, answer):
        rows = [
            stage.row(work.names, work.types, member, work.asked_at)
            for member in answer
        ]
        run.env.cr.execute("SELECT nextval('newsletter_fetched_id_seq')")
        (after,) = run.env.cr.fetchone()
        stage.store(run.env.cr, stage.as_copy(run.id, rows), run._stage_name())
        run.env["newsletter.compare"]._meet_again(run, work.ids, after)


class Enter(Step):
    """Take in strangers, and settle who was new the last time; set-wise."""

    def take(self, run, conversation):
        after = (run.cursor or {}).get("entered", 0)
        run.env.cr.execute(
            """
            SELECT min(id), max(id)
              FROM (SELECT id FROM newsletter_candidate
                     WHERE run_id = %s AND kind IN ('new', 'settled') AND id > %s
                     ORDER BY id LIMIT %s) slice
            """,
            [run.id, after, ENTER],
        )
        first, last = run.env.cr.fetchone()
        return SimpleNamespace(first=first, last=last) if first else None

    def keep(self, run, work, answer):
        enter = run.env["newsletter.enter"]
        settled = enter._settle_known(run, work.first, work.last)
        entered = enter._enter(run, work.first, work.last)
        cursor = run.cursor or {}
        run.write(
            {
                "cursor": {**cursor, "entered": work.last},
                "done": run.done + settled + entered,
            }
        )


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
        run._clear_stage()
        if run.total >= MANY and "entered" in run.cursor:
            # else the next statements would take the tables for nearly empty
            run.env.cr.execute(
                "ANALYZE newsletter_member, mailing_contact, mailing_subscription"
            )
        coupling = run.coupling_id
        if run.kind == "fetch":
            values = {"fetched_at": run.started_at}
            if Compare._is_whole(run):
                values["full_fetched_at"] = run.started_at
                coupling._count_people(run.cursor.get("staged", 0))
            coupling.write(values)
        run._compared()


FETCH = {
    "fields": Prepare(),
    "read": ReadAll(),
    "compare": Compare(),
    "lookup": LookUpGone(),
    "enter": Enter(),
    "reconcile": Reconcile(),
    "log": LogSuccesses(),
    "finish": FinishFetch(),
}
RECONCILE = {
    "compare": Compare(),
    "reconcile": Reconcile(),
    "log": LogSuccesses(),
    "finish": FinishFetch(),
}
