"""The set-wise half of a transmission: whole batches are planned and kept by SQL.

A hundred thousand tasks are a hundred thousand lines, members and events. What is the
same for all of them is one statement a batch; Python sees a person only where rules
decide (``newsletter_transmit_check``) or where the tool is spoken to.
"""

from odoo import api, models
from odoo.tools import SQL

from ..sync.values import digest
from .newsletter_transmit_row import LEFT, SENDING, SENDS, WANTED, said

#: failed tries after which a task is parked for a person
MAX_TASK_TRIES = 5

#: results of the many, which are told in the log when they are proven
PROVEN_FIRST = ("subscribed", "updated")
_NOW = SQL("now() AT TIME ZONE 'UTC'")


class NewsletterTransmit(models.AbstractModel):
    _name = "newsletter.transmit"
    _description = "Newsletter Transmission"

    # --- plan ------------------------------------------------------------------------
    @api.model
    def _begin_plan(self, run, members):
        """Called once, before the first slice of members (maybe nobody) is planned."""

    @api.model
    def _plan(self, run, members):
        """Turn the tasks of members into lines, with the values of both sides.

        Who made a line stands in the run: each key to the user would be checked for
        each line.
        """
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO newsletter_run_line (
                    run_id, company_id, res_model, res_id, member_id,
                    name, email, raw_email, new_email, plan, result,
                    remote_id, remote_status, "values", old_values, decision,
                    partner_id, contact_id, lead_id, create_date, write_date
                )
                SELECT %(run)s, %(company)s, 'newsletter.member', member.id, member.id,
                       member.name, member.email, member.email, %(wanted)s,
                       member.task, 'waiting', member.remote_id, member.remote_status,
                       %(sends)s, COALESCE(member.remote_values, member.base_values),
                       CASE WHEN member.task_by IS NOT NULL THEN jsonb_build_object(
                           'by', member.task_by, 'at', member.task_at,
                           'reason', member.task_reason,
                           'difference', member.task_difference,
                           'values', member.task_values) END,
                       member.partner_id, member.contact_id, member.lead_id,
                       %(now)s, %(now)s
                  FROM newsletter_member member
                 WHERE member.id = ANY(%(ids)s)
                 ORDER BY member.id
                """,
                run=run.id,
                company=run.company_id.id,
                wanted=WANTED,
                sends=SENDS,
                now=_NOW,
                ids=members.ids,
            )
        )
        self.env["newsletter.run.line"].invalidate_model()

    # --- keep ------------------------------------------------------------------------
    @api.model
    def _settle(self, run, rows, fields):
        """Write down what became of lines, and what both sides agree on now.

        :param rows: of ``_rows``, each with ``result`` and, as far as it is known,
            ``status``, ``status_at``, ``said_id``, ``reason`` and ``message``
        :param fields: the mapping, of ``_mapping``
        """
        if not rows:
            return
        self._write_lines(rows)
        done = [row for row in rows if row.agrees]
        for row in done:
            self._agree(row, fields)
        self._write_members(done)
        self._bury(run, done)
        self._fail([row for row in rows if row.result == "failed"])
        self._forget([r for r in rows if r.result == "skipped" and not r.agrees])
        self._log(run, [row for row in rows if row.result not in PROVEN_FIRST])
        # what was not all that was open about a person is decided about once more
        self._look_again(run, self._still_open(done), every=True)
        self._kept(run, rows)
        run.done += len(rows)

    @api.model
    def _kept(self, run, rows):
        """A hook: the tool answered about these rows, or was found not to have kept
        its word (``result`` "unverified")."""

    def _write_lines(self, rows):
        self.env.cr.execute(
            SQL(
                """
                UPDATE newsletter_run_line line
                   SET result = said.result, reason = said.reason,
                       message = said.message,
                       plan = CASE WHEN said.result = 'skipped' THEN 'skip'
                                   ELSE line.plan END,
                       remote_id = COALESCE(said.said_id, line.remote_id),
                       write_date = %s
                  FROM %s
                 WHERE line.id = said.id
                """,
                _NOW,
                said(
                    rows,
                    id="int",
                    result="text",
                    reason="text",
                    message="text",
                    said_id="text",
                ),
            )
        )
        self.env["newsletter.run.line"].invalidate_model()

    @staticmethod
    def _agree(row, fields):
        """Digests of what both sides hold after the task."""
        row.fits = not row.gone
        row.sent = {}
        if row.plan not in SENDING:
            return
        row.sent = fields.sendable(row, row.values)
        base = row.base_values or {}
        agreed = {**base, **row.sent}
        row.base_digest = digest(agreed)
        there = {**(row.remote_values or base), **row.sent}
        if row.remote_values or not (
            fields.plain and there.keys() <= fields.names.keys()
        ):
            known = {key: there[key] for key in there.keys() & fields.names.keys()}
            row.remote_digest = digest(known, fields.types)
        else:
            row.remote_digest = row.base_digest

    def _write_members(self, rows):
        """Where more is open about a person, only the tool's side is brought up."""
        if not rows:
            return
        opened = SQL("(NOT said.fits OR COALESCE(member.result, '') = 'conflict')")
        decision = ("task_difference", "task_values", "task_sends", "task_by")
        decision = (*decision, "task", "task_at", "task_rule", "task_reason")
        difference = ("local_values", "difference_digest", "questions")
        difference = (*difference, "result_text", "result_code")
        cleared = {
            **{name: SQL("NOT said.fits") for name in decision},
            **dict.fromkeys(difference, opened),
        }
        self.env["newsletter.member"].flush_model()
        self.env.cr.execute(
            SQL(
                """
                UPDATE newsletter_member member
                   SET remote_status = COALESCE(said.status, member.remote_status),
                       base_status = CASE
                           -- who was only asked has come back, and not joined yet
                           WHEN said.status IN %(left)s AND said.plan <> 'signup'
                            AND COALESCE(member.local_status, '') NOT IN %(left)s
                           THEN COALESCE(member.base_status, 'subscribed')
                           ELSE COALESCE(said.status, member.remote_status) END,
                       remote_status_at = CASE
                           -- the time of another status tells nothing about this one
                           WHEN said.status_at IS NULL
                            AND said.status <> COALESCE(member.remote_status, '')
                           THEN NULL
                           ELSE COALESCE(said.status_at::timestamp,
                                         member.remote_status_at) END,
                       remote_id = CASE WHEN said.plan <> 'delete' THEN
                           COALESCE(said.said_id, member.remote_id) END,
                       email = COALESCE(said.new_email, member.email),
                       remote_email = CASE WHEN said.new_email IS NULL THEN
                           member.remote_email END,
                       active = member.active AND said.plan <> 'delete',
                       base_values = COALESCE(member.base_values, '{}') || said.sent,
                       base_digest = COALESCE(said.base_digest, member.base_digest),
                       remote_digest =
                           COALESCE(said.remote_digest, member.remote_digest),
                       remote_values = CASE WHEN %(opened)s THEN
                           member.remote_values || said.sent END,
                       result = CASE WHEN %(opened)s THEN member.result
                                     ELSE 'success' END,
                       asked_at = CASE WHEN said.plan = 'signup' THEN %(now)s END,
                       tries = 0, parked = FALSE, next_try_at = NULL,
                       synced_at = %(now)s + interval '1 second',
                       write_date = %(now)s, write_uid = %(uid)s, %(cleared)s
                  FROM %(said)s
                 WHERE member.id = said.member_id
                """,
                opened=opened,
                left=LEFT,
                now=_NOW,
                uid=self.env.uid,
                cleared=SQL(", ").join(
                    SQL(
                        "%(name)s = CASE WHEN %(kept)s THEN member.%(name)s END",
                        name=SQL.identifier(name),
                        kept=kept,
                    )
                    for name, kept in cleared.items()
                ),
                said=said(
                    rows,
                    member_id="int",
                    plan="text",
                    status="text",
                    status_at="text",
                    said_id="text",
                    new_email="text",
                    sent="jsonb",
                    base_digest="text",
                    remote_digest="text",
                    fits="bool",
                ),
            )
        )
        self.env["newsletter.member"].invalidate_model()

    def _bury(self, run, rows):
        """Who was removed on purpose is off the mailing list, too, and stays so."""
        removed = [row for row in rows if row.plan == "delete"]
        if not removed:
            return
        coupling = run.coupling_id
        self.env["newsletter.tombstone"]._remember(
            [row.email for row in removed], run.company_id, "removed", coupling
        )
        members = self.env["newsletter.member"].browse([r.member_id for r in removed])
        contacts = members.contact_id
        contacts |= contacts.search(
            [("email_normalized", "in", [row.email for row in removed])]
        )
        with self.env["newsletter.change"]._quiet(coupling):
            # sudo: the removal was approved, whoever may see the list
            self.env["mailing.subscription"].sudo().search(
                [
                    ("list_id", "=", coupling.mailing_list_id.id),
                    ("contact_id", "in", contacts.ids),
                ]
            ).unlink()

    def _fail(self, rows):
        """Later again, and after several tries not without a person.

        A leaving is never given up.
        """
        if not rows:
            return
        self.env.cr.execute(
            SQL(
                """
                UPDATE newsletter_member member
                   SET tries = COALESCE(member.tries, 0) + 1,
                       next_try_at = %(now)s + LEAST(
                           interval '10 minutes' * 2 ^ COALESCE(member.tries, 0),
                           CASE member.task WHEN 'unsubscribe' THEN interval '1 hour'
                           END),
                       parked = COALESCE(member.tries, 0) + 1 >= %(limit)s
                           AND member.task <> 'unsubscribe',
                       result_text = said.message,
                       write_date = %(now)s, write_uid = %(uid)s
                  FROM %(said)s
                 WHERE member.id = said.member_id
                """,
                now=_NOW,
                limit=MAX_TASK_TRIES,
                uid=self.env.uid,
                said=said(rows, member_id="int", message="text"),
            )
        )
        self.env["newsletter.member"].invalidate_model()

    def _forget(self, rows):
        """The tool does not know them: the next complete fetch says what that means."""
        members = self.env["newsletter.member"].browse([row.member_id for row in rows])
        members.write({"task": False})

    def _still_open(self, rows):
        """Members about whom more was open than what was transmitted, and those who
        are off now in the tool only: Odoo takes that over."""
        changed = [row.member_id for row in rows if not row.fits]
        off = [row.member_id for row in rows if row.status in LEFT]
        return self.env["newsletter.member"].search(
            [
                ("id", "in", [row.member_id for row in rows]),
                *("|", "|"),
                ("result", "=", "conflict"),
                ("id", "in", changed),
                *("&", ("id", "in", off)),
                ("local_status", "not in", LEFT),
            ]
        )
