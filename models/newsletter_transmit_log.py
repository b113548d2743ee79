"""What a transmission writes into the event log: one line a person, one statement each.

Texts are put together by the database, for a hundred thousand people are as many lines.
"""

from odoo import models
from odoo.tools import SQL

from .newsletter_transmit_row import said

#: codes of events that are not named as the result of the line
_CODES = {"unsubscribed": "opt_out_done", "failed": "refused", "skipped": "left_out"}


class NewsletterTransmit(models.AbstractModel):
    _inherit = "newsletter.transmit"

    def _texts(self):
        """{result of a line: text}; "%s" is the address."""
        return {
            "subscribed": self.env._("Newly subscribed: %s"),
            "updated": self.env._("Updated: %s"),
            "asked": self.env._("Asked by the tool's double opt-in: %s"),
            "unsubscribed": self.env._("Unsubscribed: %s"),
            "deleted": self.env._("Removed from the list: %s"),
            "moved": self.env._("Address changed: %s"),
            "failed": self.env._("Refused by the tool: %s"),
            "skipped": self.env._("Left out: %s"),
            "unverified": self.env._("The tool does not hold what was sent: %s"),
        }

    def _log(self, run, rows):
        """One event for each row of ``_rows``, by its result.

        Who was brought back although they had left, on a person's word, is named with
        that person and their reason.
        """
        texts, reasons = self._texts(), self._reason_labels()
        names = self._names(rows)
        by_code = {}
        for row in rows:
            code, text = _CODES.get(row.result, row.result), texts[row.result]
            if row.word and row.result in ("subscribed", "asked"):
                code = "brought_back"
            row.text = text.replace("%s", row.email)
            row.detail = row.message or reasons.get(row.reason)
            if row.word_by and row.result != "skipped":
                row.detail = self._who(names.get(row.word_by, ""), row)
            by_code.setdefault(code, []).append(row)
        for code, group in by_code.items():
            self._insert_events(run, code, group)

    def _reason_labels(self):
        field = self.env["newsletter.run.line"]._fields["reason"]
        return dict(field._description_selection(self.env))

    def _names(self, rows):
        """{id of a user: name} of those who decided."""
        users = self.env["res.users"].browse({r.word_by for r in rows if r.word_by})
        # sudo: a colleague's name, whoever carries the run out
        return {user.id: user.name for user in users.sudo().exists()}

    def _who(self, name, row):
        """By whose word; with the reason where somebody who left is brought back."""
        said = [self.env._("Decided by %s.", name)]
        if row.word:
            said.append(self.env._("Reason: %s", row.word))
        if row.message:
            said.append(row.message)
        return " ".join(said)

    def _insert_events(self, run, code, rows):
        events = self.env["newsletter.event"]
        values = events._event_values({"code": code, "run": run})
        values.pop("member_id")
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO newsletter_event (
                    date, text, detail, member_id, res_model, res_id, %(names)s
                )
                SELECT now() AT TIME ZONE 'UTC', said.text, said.detail, member.id,
                       'newsletter.member', member.id, %(values)s
                  FROM %(said)s
                  LEFT JOIN LATERAL (
                           SELECT known.id FROM newsletter_member known
                            WHERE known.id = said.member_id LIMIT 1
                       ) member ON TRUE
                """,
                names=SQL(", ").join(map(SQL.identifier, values)),
                values=SQL(", ").join(
                    SQL("%s", value or None) for value in values.values()
                ),
                said=said(rows, text="text", detail="text", member_id="int"),
            )
        )
        events.invalidate_model()
