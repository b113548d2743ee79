"""The proof: everybody who was transmitted is read back from the tool.

What a tool answers to a batch is a promise; minutes may pass before it is kept. Whoever
is not there after some looks is no success: the line says so, an event too, and the
task is open again.
"""

from datetime import timedelta, timezone
from types import SimpleNamespace

from odoo import api, models
from odoo.tools import SQL

from ..sync.address import parse
from ..sync.transmission import arrived, cheapest_reading
from .newsletter_push_step import Step
from .newsletter_transmit import MAX_TASK_TRIES, PROVEN_FIRST
from .newsletter_transmit_row import said
from .newsletter_transmit_speech import expected, read_back

#: results of lines about which the tool is asked
DONE = ("subscribed", "updated", "asked", "unsubscribed", "deleted", "moved")
#: seconds between the looks at people whom the tool does not show yet
LOOKS = (30, 120, 600)
#: people and calls in one slice
PEOPLE, CALLS = 5000, 25
#: the tool's clock may differ from ours by so many seconds
CLOCKS = 60


class Verify(Step):
    """Read in the way that costs the fewest calls, then look up who was not met."""

    def take(self, run, conversation):
        connector = conversation.connector(run)
        transmit = run.env["newsletter.transmit"]
        proof = (run.cursor or {}).get("proof") or self._begin(run, connector)
        work = SimpleNamespace(
            connector=connector,
            list_id=run.remote_list_id.remote_id,
            mapping=transmit._mapping(run),
            proof=proof,
            since=run.started_at or run.create_date,
            rows=[],
        )
        if proof["way"] != "lookup":
            return work
        found = transmit._unproven(
            run,
            proof["after"],
            min(PEOPLE, CALLS * max(1, connector.capabilities.lookup_batch)),
            doubted=proof["round"] > 0,
            asked=connector.capabilities.tells_pending,
        )
        if found:
            work.rows = transmit._rows(found)
            return work
        self._end_round(run, proof)
        return None

    @staticmethod
    def _begin(run, connector):
        can = connector.capabilities
        people = run.env["newsletter.run.line"].search_count(
            [("run_id", "=", run.id), ("result", "in", DONE)]
        )
        way = cheapest_reading(
            people,
            can.lookup_batch,
            can.page_size,
            can.changes,
            run.remote_list_id.recipients or None,
        )
        return {"way": way, "place": "", "after": 0, "round": 0}

    @staticmethod
    def _end_round(run, proof):
        """Look again later at those in doubt; after some looks they are unverified."""
        doubts = run.env["newsletter.run.line"].search(
            [("run_id", "=", run.id), ("looks", ">", 0), ("result", "in", DONE)]
        )
        if not doubts:
            return
        if proof["round"] >= len(LOOKS):
            run.env["newsletter.transmit"]._doubt(run, doubts.ids)
            return
        seconds = LOOKS[proof["round"]]
        proof = {**proof, "after": 0, "round": proof["round"] + 1}
        run.cursor = {**run.cursor, "proof": proof}
        run._rest(
            seconds,
            run.env._(
                "The tool does not show %s people yet as they were transmitted. It is "
                "asked again.",
                len(doubts),
            ),
        )

    # --- speak -----------------------------------------------------------------------
    def speak(self, work):
        if work.proof["way"] == "lookup":
            return read_back(work.connector, work.list_id, work.rows)
        place = work.proof["place"]
        if work.proof["way"] == "list":
            pages = work.connector.members(work.list_id, place)
        else:
            lag = work.connector.capabilities.changes_overlap + CLOCKS
            since = work.since.replace(tzinfo=timezone.utc) - timedelta(seconds=lag)
            pages = work.connector.changes(work.list_id, since, place)
        return next(iter(pages), None)

    # --- keep ------------------------------------------------------------------------
    def keep(self, run, work, answer):
        proof = dict(work.proof)
        can = work.connector.capabilities
        if proof["way"] == "lookup":
            proof["after"] = work.rows[-1].id
            rows, held = work.rows, answer
        else:
            members = answer.members if answer else ()
            rows, held = self._met(run, members)
            proof["place"] = answer.cursor if answer else ""
            if not proof["place"]:
                proof["way"] = "lookup"
        proven, doubted = [], []
        for row in rows:
            wanted = expected(row, work.mapping)
            fits = arrived(wanted, held.get(row.id), can.tells_pending)
            (proven if fits else doubted).append(row)
        lines = run.env["newsletter.run.line"]
        if work.proof["way"] != "lookup":
            # who differs in a page may have changed since it was made: looked up
            lines.browse(row.id for row in proven).write({"seen": True})
        else:
            for line in lines.browse(row.id for row in doubted):
                line.looks += 1
            again = [row.id for row in proven if row.looks]
            lines.browse(again).write({"looks": 0})
        run.env["newsletter.transmit"]._tell_proven(run, proven)
        run.write(
            {
                "cursor": {**run.cursor, "proof": proof},
                "verified": run.verified + len(proven),
            }
        )

    @staticmethod
    def _met(run, members):
        """The lines of the people of a page, and what the tool holds of each."""
        by_id = {member.remote_id: member for member in members}
        by_email = {parse(m.email).email or m.email.lower(): m for m in members}
        transmit = run.env["newsletter.transmit"]
        rows = transmit._rows(transmit._met_lines(run, list(by_id), list(by_email)))
        held = {
            row.id: by_id.get(row.remote_id) or by_email.get(row.new_email or row.email)
            for row in rows
        }
        return rows, held


class NewsletterTransmit(models.AbstractModel):
    _inherit = "newsletter.transmit"

    @api.model
    def _tell_proven(self, run, rows):
        """The many are told in the log when the tool has shown them."""
        told = [row for row in rows if row.kept in PROVEN_FIRST]
        for row in told:
            row.result = row.kept
        self._log(run, told)

    @api.model
    def _unproven(self, run, after, limit, doubted, asked):
        """Ids of lines that no look has confirmed yet.

        :param doubted: only those whom a look did not confirm
        :param asked: the tool tells whom it has asked; else it is believed
        """
        self.env.cr.execute(
            SQL(
                """
                SELECT id FROM newsletter_run_line
                 WHERE run_id = %s AND result IN %s AND id > %s
                   AND seen IS NOT TRUE AND (NOT %s OR looks > 0)
                   AND (%s OR plan <> 'signup')
                 ORDER BY id LIMIT %s
                """,
                *(run.id, DONE, after, doubted, asked, limit),
            )
        )
        return [line_id for (line_id,) in self.env.cr.fetchall()]

    @api.model
    def _met_lines(self, run, remote_ids, emails):
        """Ids of the lines of a run whose people are named by id or address."""
        self.env.cr.execute(
            SQL(
                """
                SELECT id FROM newsletter_run_line
                 WHERE run_id = %s AND result IN %s AND seen IS NOT TRUE
                   AND (remote_id = ANY(%s) OR COALESCE(new_email, email) = ANY(%s))
                """,
                *(run.id, DONE, remote_ids, emails),
            )
        )
        return [line_id for (line_id,) in self.env.cr.fetchall()]

    @api.model
    def _doubt(self, run, line_ids):
        """The tool does not hold what it was told: the task is open again, visibly.

        Both sides agree on no more than before, so that the next comparison takes the
        old value in the tool for what it is, and not for news.
        """
        rows = self._rows(line_ids)
        text = self.env._("The tool does not hold what was transmitted.")
        for row in rows:
            row.result, row.message = "unverified", text
        self._write_lines(rows)
        self.env.cr.execute(
            SQL(
                """
                UPDATE newsletter_member member
                   SET task = line.plan, task_sends = line.values,
                       task_by = (line.decision ->> 'by')::int,
                       task_at = COALESCE((line.decision ->> 'at')::timestamp, %(now)s),
                       task_reason = line.decision ->> 'reason',
                       task_difference = line.decision ->> 'difference',
                       task_values = NULLIF(line.decision -> 'values', 'null'),
                       task_rule = CASE WHEN line.decision IS NULL
                           THEN 'unverified' END,
                       base_values = line.old_values, base_digest = NULL,
                       base_status = line.remote_status,
                       remote_status = line.remote_status, remote_digest = NULL,
                       remote_id = COALESCE(member.remote_id, line.remote_id),
                       email = line.email, active = TRUE, outdated = FALSE,
                       tries = COALESCE(member.tries, 0) + 1,
                       next_try_at = %(now)s + interval '1 hour',
                       parked = line.plan NOT IN ('unsubscribe', 'delete')
                           AND COALESCE(member.tries, 0) + 1 >= %(limit)s,
                       result = 'aborted', result_text = said.message,
                       write_date = %(now)s, write_uid = %(uid)s
                  FROM %(said)s
                  JOIN newsletter_run_line line ON line.id = said.id
                 WHERE member.id = line.member_id AND member.task IS NULL
                """,
                now=SQL("now() AT TIME ZONE 'UTC'"),
                limit=MAX_TASK_TRIES,
                uid=self.env.uid,
                said=said(rows, id="int", message="text"),
            )
        )
        self.env["newsletter.member"].invalidate_model()
        self._log(run, rows)
        self._kept(run, rows)
