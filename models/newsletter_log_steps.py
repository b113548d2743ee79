"""The step that writes who was found to agree; only where the connection wants it."""

from types import SimpleNamespace

from .newsletter_push_step import Step


class LogSuccesses(Step):
    """One event for each member on whom both sides agree, slice by slice."""

    def take(self, run, conversation):
        if not run.connection_id.log_successes:
            return None
        after = (run.cursor or {}).get("logged", 0)
        last = run._last_to_log(after)
        return SimpleNamespace(after=after, last=last) if last else None

    def keep(self, run, work, answer):
        run._log_successes(work.after, work.last)
        run.cursor = {**(run.cursor or {}), "logged": work.last}
