"""Read back whom the tool has named, and compare; see ``newsletter_run_flow``.

One run for each coupling and day: its work is whatever has been heard meanwhile.
"""

from datetime import timedelta
from types import SimpleNamespace

from odoo import fields

from ..connectors.contract import MemberRef
from ..sync.address import parse
from . import newsletter_stage as stage
from .newsletter_fetch_steps import Compare, Reconcile
from .newsletter_push_step import Step

#: people of one slice where each costs a call, and where many cost one
SINGLY, MANY = 25, 500
#: what a tool tells within this time after a write of ours is taken for its echo
ECHO = timedelta(seconds=90)
_SENT = ("in_flight", "subscribed", "updated", "asked", "unsubscribed")


class ReadHints(Step):
    """Ask the tool for the people of the hints, unless Odoo itself has just sent them.

    The worker is alone with the connection, so whatever was sent before is recorded.
    """

    def take(self, run, conversation):
        hints = run.env["newsletter.hint"]
        ours = [("coupling_id", "=", run.coupling_id.id)]
        connector = conversation.connector(run)
        size = MANY if connector.capabilities.lookup_batch > 1 else SINGLY
        # of a process that died, these are read again
        found = hints.search([*ours, ("taken", "=", True)], limit=size)
        found = found or hints.search([*ours, ("taken", "=", False)], limit=size)
        if not found:
            return None
        found.taken = True
        if not run.started_at:
            run.started_at = fields.Datetime.now()
        mappings = run.env["newsletter.field.mapping"]._of_connection(
            run.connection_id, run.coupling_id
        )
        return SimpleNamespace(
            connector=connector,
            list_id=run.remote_list_id.remote_id,
            ids=found.ids,
            refs=[
                MemberRef(hint.email, hint.remote_id)
                for hint in found - self._echoes(run, found)
            ],
            **stage.mapped(mappings),
        )

    @staticmethod
    def _echoes(run, hints):
        """Those that tell nothing but what Odoo has sent a moment before."""
        candidates = hints.filtered(lambda hint: not hint.sure)
        if not candidates:
            return candidates
        members = run.env["newsletter.member"].search(
            [
                ("coupling_id", "=", run.coupling_id.id),
                ("remote_id", "in", candidates.mapped("remote_id")),
            ]
        )
        emails = {member.remote_id: member.email for member in members}
        since = min(candidates.mapped("heard_at")) - ECHO
        lines = run.env["newsletter.run.line"].search(
            [
                ("run_id.connection_id", "=", run.connection_id.id),
                ("run_id.write_date", ">=", since),
                ("email", "in", [*emails.values(), *candidates.mapped("email")]),
                ("result", "in", _SENT),
                ("write_date", ">=", since),
            ]
        )
        sent_at = {}
        for line in lines:
            at = sent_at.get(line.email)
            sent_at[line.email] = max(at, line.write_date) if at else line.write_date
        never = fields.Datetime.to_datetime("1970-01-01")

        def is_echo(hint):
            email = emails.get(hint.remote_id) or hint.email
            return hint.heard_at <= sent_at.get(email, never) + ECHO

        return candidates.filtered(is_echo)

    def speak(self, work):
        work.asked_at = stage.before_asking()
        return list(work.connector.lookup(work.list_id, work.refs)) if work.refs else []

    def keep(self, run, work, answer):
        rows = [
            stage.row(work.names, work.types, member, work.asked_at)
            for member in answer
        ]
        gone = self._gone(run, work, answer)
        stage.store(run.env.cr, stage.as_copy(run.id, [*rows, *gone]))
        run.env["newsletter.hint"].browse(work.ids).exists().unlink()
        heard = (run.cursor or {}).get("heard", 0) + len(rows) + len(gone)
        run.cursor = {**(run.cursor or {}), "heard": heard}

    @staticmethod
    def _gone(run, work, answer):
        """Rows without a status for known people whom the tool does not name.

        A person whose address changed is found by the id.
        """
        met = {member.remote_id for member in answer}
        met |= {parse(member.email).email for member in answer}
        missing = [
            ref
            for ref in work.refs
            if ref.remote_id not in met and ref.email not in met
        ]
        members = run.env["newsletter.member"].search(
            [
                ("coupling_id", "=", run.coupling_id.id),
                ("remote_id", "!=", False),
                "|",
                (
                    "remote_id",
                    "in",
                    [ref.remote_id for ref in missing if ref.remote_id],
                ),
                ("email", "in", [ref.email for ref in missing if ref.email]),
            ]
        )
        return [
            stage.absent(member.remote_id, member.email)
            for member in members
            if member.remote_id not in met and member.email not in met
        ]


class FinishHints(Step):
    """Clear the stage; go on if more has been heard meanwhile."""

    def take(self, run, conversation):
        return None if run.state == "done" else SimpleNamespace()

    def keep(self, run, work, answer):
        run._clear_stage()
        ours = [("coupling_id", "=", run.coupling_id.id)]
        if run.env["newsletter.hint"].search_count(ours, limit=1):
            run._read_on()
            return
        run._hints_read()


STEPS = {
    "read": ReadHints(),
    "compare": Compare(),
    "reconcile": Reconcile(),
    "finish": FinishHints(),
}
