"""What a push remembers and logs, written for a whole batch in one statement.

A hundred thousand people are a hundred thousand members and events; row by row through
the ORM they would cost more than transmitting them.
"""

from odoo import api, models
from odoo.tools import SQL

#: columns of a member that a push writes, and what they are taken from
_MEMBER_COLUMNS = {
    "remote_id": SQL("line.remote_id"),
    "remote_status": SQL("line.remote_status"),
    "remote_status_at": SQL("line.remote_status_at"),
    "name": SQL("line.name"),
    "partner_id": SQL("line.partner_id"),
    "contact_id": SQL("line.contact_id"),
    "lead_id": SQL("line.lead_id"),
}
#: columns that are written only for people on whom both sides agree now
_AGREED_COLUMNS = {
    "base_values": SQL("line.values"),
    "base_digest": SQL("line.digest"),
    "synced_at": SQL("now() AT TIME ZONE 'UTC'"),
    "result": SQL("'success'"),
}
_AGREED = SQL("(line.result IN ('subscribed', 'updated') OR line.plan = 'unchanged')")


class NewsletterPush(models.AbstractModel):
    _inherit = "newsletter.push"

    @api.model
    def _remember(self, run, lines):
        """Write what is known now into the members; the tool's id above all."""
        lines = lines.filtered("remote_id")
        if not lines:
            return
        self.env.flush_all()
        values = dict(_MEMBER_COLUMNS)
        changes = {name: SQL("excluded.%s", SQL.identifier(name)) for name in values}
        for name, value in _AGREED_COLUMNS.items():
            values[name] = SQL("CASE WHEN %s THEN %s END", _AGREED, value)
            changes[name] = SQL(
                "COALESCE(excluded.%(name)s, newsletter_member.%(name)s)",
                name=SQL.identifier(name),
            )
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO newsletter_member (
                    coupling_id, connection_id, company_id, email, active,
                    local_status, local_status_at, local_status_by,
                    create_uid, create_date, write_uid, write_date, %(columns)s
                )
                SELECT DISTINCT ON (line.email)
                       %(coupling)s, %(connection)s, %(company)s, line.email, TRUE,
                       'subscribed', now() AT TIME ZONE 'UTC', %(user)s,
                       %(uid)s, now() AT TIME ZONE 'UTC',
                       %(uid)s, now() AT TIME ZONE 'UTC', %(values)s
                  FROM newsletter_run_line line
                 WHERE line.id = ANY(%(ids)s)
                 ORDER BY line.email, line.id
                ON CONFLICT (coupling_id, email) WHERE active DO UPDATE
                   SET write_uid = excluded.write_uid,
                       write_date = excluded.write_date,
                       %(changes)s
                """,
                columns=SQL(", ").join(map(SQL.identifier, values)),
                values=SQL(", ").join(values.values()),
                changes=SQL(", ").join(
                    SQL("%s = %s", SQL.identifier(name), value)
                    for name, value in changes.items()
                ),
                coupling=run.coupling_id.id,
                connection=run.connection_id.id,
                company=run.company_id.id,
                user=run.user_id.name,
                uid=self.env.uid,
                ids=lines.ids,
            )
        )
        self.env["newsletter.member"].invalidate_model()

    @api.model
    def _log_skipped(self, run, lines):
        """Name those whom a person should look at; the others stand in the report."""
        for reason, text in (
            ("blocklisted", self.env._("On the blocklist, not transmitted: %s")),
            ("archived", self.env._("Archived, not transmitted: %s")),
        ):
            named = lines.filtered(lambda line, reason=reason: line.reason == reason)
            self._log_lines(run, named, reason, text)

    @api.model
    def _log_lines(self, run, lines, code, text, of="email"):
        """One event for each line.

        :param text: with one "%s" for the value of the field ``of``
        """
        if not lines:
            return
        events = self.env["newsletter.event"]
        values = events._event_values({"code": code, "run": run})
        labels = dict(lines._fields["reason"]._description_selection(self.env))
        self.env.flush_all()
        texts = {
            line.id: text
            % (labels.get(line.reason, "") if of == "reason" else line.email)
            for line in lines
        }
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO newsletter_event (
                    date, text, detail, res_model, res_id, %(columns)s
                )
                SELECT now() AT TIME ZONE 'UTC', said.text, line.message,
                       line.res_model, line.res_id, %(values)s
                  FROM newsletter_run_line line
                  JOIN unnest(%(ids)s, %(texts)s) AS said (id, text)
                    ON said.id = line.id
                 WHERE line.id = ANY(%(ids)s)
                 ORDER BY line.id
                """,
                ids=list(texts),
                texts=list(texts.values()),
                columns=SQL(", ").join(map(SQL.identifier, values)),
                values=SQL(", ").join(
                    SQL("%s", value or None) for value in values.values()
                ),
            )
        )
        events.invalidate_model()
