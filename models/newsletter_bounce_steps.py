"""Runs about returns: fetch the tool's reports; remove whose address does not exist."""

from datetime import timedelta, timezone
from types import SimpleNamespace

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..connectors.contract import MemberRef
from ..connectors.errors import ConnectorError, LoginRefused, Throttled, Unreachable
from .newsletter_push_step import Step
from .newsletter_runner import FOREGROUND_SECONDS

#: people removed in one slice
BATCH = 20
#: reports taken in at once
SLICE = 500
#: reports are asked for again over some time, for tools that tell them late
OVERLAP = timedelta(days=2)
RETRY = timedelta(hours=6)
_WHOLE_ACCOUNT = (LoginRefused, Throttled, Unreachable)


class FetchReturns(Step):
    """Read what the tool reports since the last time."""

    def take(self, run, conversation):
        if (run.cursor or {}).get("returns"):
            return None
        run.started_at = run.started_at or fields.Datetime.now()
        last = run.connection_id.returns_fetched_at
        since = (last - OVERLAP).replace(tzinfo=timezone.utc) if last else None
        return SimpleNamespace(connector=conversation.connector(run), since=since)

    def speak(self, work):
        return list(work.connector.bounces(work.since))

    def keep(self, run, work, answer):
        taken, hard = 0, 0
        for start in range(0, len(answer), SLICE):
            count, became = run.connection_id._take_returns(
                answer[start : start + SLICE]
            )
            taken, hard = taken + count, hard + len(became)
        run.connection_id.returns_fetched_at = fields.Datetime.now()
        run.write(
            {
                "cursor": {"returns": True},
                "total": len(answer),
                "done": len(answer),
                "message": run.env._(
                    "%(told)s returns told, %(taken)s of people who are known here, "
                    "%(hard)s addresses newly undeliverable.",
                    told=len(answer),
                    taken=taken,
                    hard=hard,
                ),
            }
        )


class RemoveBounced(Step):
    """Remove people whose address was moved into a note; harmless when repeated."""

    def take(self, run, conversation):
        members = run.env["newsletter.member"]._bounced_due(run.connection_id, BATCH)
        if not members:
            return None
        run.started_at = run.started_at or fields.Datetime.now()
        return SimpleNamespace(
            connector=conversation.connector(run),
            people=[
                SimpleNamespace(
                    member_id=member.id,
                    list_id=member.coupling_id.remote_id,
                    ref=MemberRef(member.email, member.remote_id or ""),
                    error=None,
                )
                for member in members
            ],
        )

    def speak(self, work):
        can = work.connector.capabilities
        for number, person in enumerate(work.people):
            try:
                if can.remove_from_list:
                    work.connector.remove(person.list_id, person.ref)
                else:
                    work.connector.unsubscribe(person.list_id, person.ref)
            except _WHOLE_ACCOUNT:
                if number == 0:
                    raise
                del work.people[number:]
                break
            except ConnectorError as error:
                person.error = error

    def keep(self, run, work, answer):
        members = run.env["newsletter.member"]
        for person in work.people:
            member = members.browse(person.member_id).exists()
            if not member.remove_bounced:
                continue  # set right meanwhile
            if person.error is not None:
                member.write(
                    {
                        "tries": member.tries + 1,
                        "next_try_at": fields.Datetime.now() + RETRY,
                        "result_text": run.connection_id._explain(person.error),
                    }
                )
                continue
            member.remove_bounced = False
            member._transmitted("delete", member.remote_status)
            run.env["newsletter.event"]._log(
                "bounced_removed",
                run=run,
                member=member,
                coupling=member.coupling_id,
                text=run.env._(
                    "%s was removed in the tool; the address does not exist.",
                    member.email,
                ),
            )
        count = len(work.people)
        run.write({"done": run.done + count, "total": run.total + count})


class Finish(Step):
    def take(self, run, conversation):
        return None if run.state == "done" else SimpleNamespace()

    def keep(self, run, work, answer):
        run.write({"state": "done", "finished_at": fields.Datetime.now()})
        run.env["newsletter.event"]._log("run_done", run=run, text=run.message or "")


RETURNS = {"returns": FetchReturns(), "finish": Finish()}
REMOVE = {"remove": RemoveBounced(), "finish": Finish()}


class NewsletterRun(models.Model):
    _inherit = "newsletter.run"

    kind = fields.Selection(
        selection_add=[("returns", "Returns"), ("remove", "Removal after bounces")],
        ondelete={"returns": "cascade", "remove": "cascade"},
    )
    phase = fields.Selection(
        selection_add=[
            ("returns", "Fetching the returns"),
            ("remove", "Removing people whose address does not exist"),
        ]
    )


class NewsletterMember(models.Model):
    _inherit = "newsletter.member"

    @api.model
    def _bounced_due(self, connection, limit=None):
        return self.search(
            [
                ("connection_id", "=", connection.id),
                ("remove_bounced", "=", True),
                "|",
                ("next_try_at", "=", False),
                ("next_try_at", "<=", fields.Datetime.now()),
            ],
            order="id",
            limit=limit,
        )


class NewsletterConnection(models.Model):
    _inherit = "newsletter.connection"

    def _remove_bounced(self):
        self._start_account_run("remove")

    def action_fetch_returns(self):
        """Ask the tool what came back, and show it (J02)."""
        self.ensure_one()
        if not self._connector_class().capabilities.bounces:
            raise UserError(
                self.env._(
                    "%s reports no single returns. It tells them with the status of "
                    "each person: fetch the list.",
                    self._connector_class().label,
                )
            )
        run_id = self.env["newsletter.runner"]._start(
            {
                "kind": "returns",
                "phase": "returns",
                "state": "queued",
                "connection_id": self.id,
                "user_id": self.env.uid,
            }
        )
        self.env["newsletter.runner"]._work_and_leave(run_id, FOREGROUND_SECONDS)
        return self.env["ir.actions.act_window"]._for_xml_id(
            "newsletter_sync.action_newsletter_bounce_address"
        )

    @api.model
    def _cron_returns(self):
        """Fetch returns where the tool reports them; go on with what was left."""
        # sudo: the scheduler works for all users and companies
        connections = self.sudo().search([("state", "=", "connected")])
        connections.filtered(
            lambda c: c._connector_class().capabilities.bounces
        )._start_account_run("returns")
        waiting = (
            self.env["newsletter.member"].sudo().search([("remove_bounced", "=", True)])
        )
        waiting.connection_id._remove_bounced()


class NewsletterCoupling(models.Model):
    _inherit = "newsletter.coupling"

    def action_fetch_returns(self):
        """As at the connection; tools that report none are fetched as a whole."""
        self.ensure_one()
        if self.connection_id._connector_class().capabilities.bounces:
            return self.connection_id.action_fetch_returns()
        return self.action_fetch_whole()
