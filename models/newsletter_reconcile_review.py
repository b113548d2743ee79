"""What a comparison leaves behind for the people who review it."""

from dataclasses import replace

from odoo import fields, models

from ..sync.choices import questions
from ..sync.reconcile import Level, Note, Result
from .newsletter_push import naive


class NewsletterReconcile(models.AbstractModel):
    _inherit = "newsletter.reconcile"

    def _to_review(self, case):
        """What the member shows to whoever decides; called before it is written.

        A warning that was told before, about the same difference, is not told again:
        an open question is one line in the log, however often the lists are compared.
        It is told once more when its snoozing ends.
        """
        outcome, member = case.outcome, case.member
        snooze_ended = member.snoozed_until and not member.snoozed
        told = (
            member.result == outcome.result.value
            and member.result_code == outcome.text
            and (member.difference_digest or "") == outcome.difference
            and not snooze_ended
        )
        if outcome.result is Result.BLOCKED and not outcome.notes:
            note = Note(outcome.text, "status", rule="blocked", level=Level.WARNING)
            outcome = replace(outcome, notes=(note,))
        if told:
            news = (note for note in outcome.notes if note.level != Level.WARNING)
            outcome = replace(outcome, notes=tuple(news))
        case.outcome = outcome
        values = {
            "result_code": outcome.text,
            "questions": self._questions(case) or False,
            **self._status_origin(case),
        }
        if member.snoozed_until and (
            snooze_ended or outcome.result is Result.SUCCESS or outcome.decided
        ):
            values["snoozed_until"] = False
        return values

    def _questions(self, case):
        """What a person is asked about: rows with the field's key and both values."""
        conflicts = {each.field: each for each in case.outcome.conflicts}
        statuses = (case.local.status, case.remote.status)
        rows = []
        for name in questions(case.outcome):
            if conflict := conflicts.get(name):
                odoo, tool = conflict.odoo, conflict.tool
            else:
                odoo, tool = (status.value if status else "" for status in statuses)
            rows.append({"field": name, "odoo": odoo, "tool": tool})
        return rows

    def _status_origin(self, case):
        """When a status was set in Odoo and by whom, if a person did it there."""
        status, member = case.local.status, case.member
        if case.outcome.local.status or not case.subscription:
            return {}
        if not status or status.value == member.local_status:
            return {}
        # sudo: a name to be read by whoever reviews
        user = self.env["res.users"].sudo().browse(case.subscription.write_uid or ())
        return {
            "local_status_at": naive(case.local.status_at) or fields.Datetime.now(),
            "local_status_by": user.name or False,
        }

    def _event_text(self, member, note, labels):
        """Who, which field, what was found: one line for a clerk."""
        names = {"status": self.env._("Status"), "email": self.env._("Address")}
        field = labels.get(note.field) or names.get(note.field, note.field)
        parts = [member.email, field, self._text(note.code)]
        return ": ".join(part for part in parts if part)

    def _event_value(self, field, value):
        """A value of one side as the log shows it; nothing for nothing."""
        if value in (None, False, ""):
            return False
        return self.env["newsletter.member"]._shown(field, value)
