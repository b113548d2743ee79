"""Before a transmission begins: does the plan of the account take so many people?"""

from types import SimpleNamespace

from ..connectors.errors import ConnectorError
from .newsletter_push_step import Step

#: tasks by which the account may get somebody new
JOINING = ("transmit", "signup")


class AskAccount(Step):
    """Ask a tool that tells its quota, if somebody new is to join."""

    def take(self, run, conversation):
        connector = conversation.connector(run)
        if not connector.capabilities.quota or "account" in (run.cursor or {}):
            return None
        return SimpleNamespace(connector=connector) if self._new(run) else None

    @staticmethod
    def _new(run):
        """Lines of people whom the account may not hold yet."""
        return run.env["newsletter.run.line"].search(
            [
                ("run_id", "=", run.id),
                ("result", "=", "waiting"),
                ("plan", "in", JOINING),
                ("remote_id", "=", False),
            ],
            order="id",
        )

    def speak(self, work):
        try:
            return work.connector.account()
        except ConnectorError as error:
            if error.retryable:
                raise
            return None  # a login that may not ask still may write

    def keep(self, run, work, account):
        run.cursor = {**(run.cursor or {}), "account": True}
        if account is None or not account.quota or account.recipients is None:
            return
        connection = run.connection_id
        connection.write({"recipients": account.recipients, "quota": account.quota})
        new, free = self._new(run), max(0, account.quota - account.recipients)
        if len(new) <= free:
            return
        run.notice = run.env._(
            "The plan of “%(account)s” takes %(quota)s people and holds %(held)s. "
            "%(new)s may be new: %(over)s of them would be too many.",
            account=connection.name,
            quota=account.quota,
            held=account.recipients,
            new=len(new),
            over=len(new) - free,
        )
        run.env["newsletter.event"]._log("quota", run=run, text=run.notice)
        if run.by_itself:
            # nobody is there to decide who shall go first; their tasks stay open
            self._leave_out(run, new[free:])

    @staticmethod
    def _leave_out(run, lines):
        transmit = run.env["newsletter.transmit"]
        rows = transmit._rows(lines.ids)
        for row in rows:
            row.result, row.reason = "skipped", "quota"
        transmit._write_lines(rows)
        transmit._log(run, rows)
