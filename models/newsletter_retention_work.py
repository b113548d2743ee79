"""Remove what is kept long enough: set-wise, a slice at a time, and say how much."""

from odoo import api, fields, models
from odoo.tools import SQL

#: rows of one table that are removed in one turn of the scheduler
SLICE = 20_000
#: records that are removed one by one, with what hangs on them
SLOW_SLICE = 500
#: events that prove something are kept like evidence
PROVING = (
    *("left", "leaving_done", "leaving_late", "leaving_overdue", "evidence_read"),
    *("erasure", "erasure_done", "access_request", "retention", "agreement_missing"),
)
#: what became of people in a run, by the level that it counts for
_LINES = {
    "log_warning": ("skipped", "unverified"),
    "log_error": ("failed",),
}
_OPEN = ("waiting", "in_flight")


class NewsletterRetention(models.Model):
    _inherit = "newsletter.retention"

    def _compute_due(self):
        for row in self:
            row.due = sum(row._count(*stale) for stale in row._stale()) if row.id else 0

    # --- what is old -----------------------------------------------------------------
    def _stale(self):
        """[(model, condition over ``old``)] of what this row has removed."""
        self.ensure_one()
        before = self._before(self.company_id, self.subject)
        return getattr(self, f"_stale_{self.subject}")(self.company_id.id, before)

    @api.model
    def _stale_log_info(self, company_id, before):
        done = ("done", "cancelled", "stopped")
        images = SQL(
            """
            old.company_id = %s AND EXISTS (
                SELECT FROM newsletter_run run WHERE run.id = old.run_id
                   AND run.state IN %s AND run.finished_at < %s)
            """,
            company_id,
            done,
            before,
        )
        return [
            *self._stale_log(company_id, before, "info"),
            ("newsletter.before.image", images),
        ]

    @api.model
    def _stale_log_warning(self, company_id, before):
        return self._stale_log(company_id, before, "warning")

    @api.model
    def _stale_log_error(self, company_id, before):
        return self._stale_log(company_id, before, "error")

    @api.model
    def _stale_log(self, company_id, before, level):
        events = SQL(
            "old.company_id = %s AND old.level = %s AND old.date < %s"
            " AND old.code NOT IN %s",
            company_id,
            level,
            before,
            PROVING,
        )
        subject = f"log_{level}"
        others = tuple(r for kind, rs in _LINES.items() if kind != subject for r in rs)
        which = (
            SQL("IN %s", _LINES[subject])
            if subject in _LINES
            else SQL("NOT IN %s", (*others, *_OPEN))
        )
        lines = SQL(
            """
            old.company_id = %s AND old.result %s AND EXISTS (
                SELECT FROM newsletter_run run
                 WHERE run.id = old.run_id AND run.finished_at < %s)
            """,
            company_id,
            which,
            before,
        )
        return [("newsletter.event", events), ("newsletter.run.line", lines)]

    @api.model
    def _stale_deliveries(self, company_id, before):
        condition = SQL(
            "old.company_id = %s AND old.received_at < %s AND old.state <> 'waiting'",
            company_id,
            before,
        )
        return [("newsletter.delivery", condition)]

    @api.model
    def _stale_traces(self, company_id, before):
        condition = SQL(
            "old.company_id = %s AND old.date < %s AND old.trace_salt IS NOT NULL",
            company_id,
            before,
        )
        return [("newsletter.consent.event", condition)]

    @api.model
    def _stale_requests(self, company_id, before):
        """What ended without a click; the requests' own scheduled action asks, too."""
        condition = SQL(
            "old.company_id = %s AND old.state = 'expired' AND old.ended_at < %s",
            company_id,
            before,
        )
        return [("newsletter.consent.request", condition)]

    @api.model
    def _stale_statistics(self, company_id, before):
        """Figures of mailings have no company: the longest time of all holds."""
        bounces = SQL("old.company_id = %s AND old.date < %s", company_id, before)
        # sudo: archived companies, too; see _cron_apply
        companies = self.env["res.company"].sudo().with_context(active_test=False)
        longest = min(
            self._before(company, "statistics") for company in companies.search([])
        )
        traces = SQL(
            "old.email IS NOT NULL AND old.create_date < %s"
            " AND old.trace_status NOT IN ('outgoing', 'process')",
            longest,
        )
        return [("newsletter.bounce", bounces), ("mailing.trace", traces)]

    @api.model
    def _stale_mails(self, company_id, before):
        condition = SQL(
            "old.company_id = %s AND COALESCE(old.done_at, old.date) < %s"
            " AND old.state <> 'open'",
            company_id,
            before,
        )
        return [("newsletter.case", condition)]

    @api.model
    def _stale_evidence(self, company_id, before):
        """Nobody at the address agrees any more, and nothing happened since."""
        chains = SQL(
            """
            old.company_id = %(company)s AND (
                old.restricted_until < CURRENT_DATE
             OR old.restricted_until IS NULL AND NOT EXISTS (
                SELECT FROM newsletter_consent_event piece
                  JOIN newsletter_consent consent ON consent.id = piece.consent_id
                 WHERE piece.chain_id = old.id
                   AND (consent.state NOT IN ('withdrawn', 'none')
                     OR consent.basis = 'customer'
                     OR consent.last_mailed_at >= %(before)s
                     OR piece.date >= %(before)s)))
            """,
            company=company_id,
            before=before,
        )
        leavings = SQL("old.company_id = %s AND old.lifted_at < %s", company_id, before)
        events = SQL(
            "old.company_id = %s AND old.code IN %s AND old.date < %s",
            company_id,
            PROVING,
            before,
        )
        erasures = SQL("old.company_id = %s AND old.done_at < %s", company_id, before)
        return [
            ("newsletter.consent.chain", chains),
            ("newsletter.leaving", leavings),
            ("newsletter.event", events),
            ("newsletter.erasure", erasures),
        ]

    # --- removing it -------------------------------------------------------------
    def _count(self, model, condition):
        # the conditions look into other tables, too
        self.env.flush_all()
        return self.env.execute_query(
            SQL(
                "SELECT count(*) FROM %s old WHERE %s",
                SQL.identifier(self.env[model]._table),
                condition,
            )
        )[0][0]

    def _remove(self, model, condition):
        """A slice of what is old.

        :return: number of records, and whether there may be more
        """
        how = {
            "newsletter.consent.chain": self._remove_chains,
            "newsletter.case": self._remove_records,
            "newsletter.consent.request": self._remove_requests,
            "newsletter.consent.event": self._cut_pieces,
            "mailing.trace": self._cut_traces,
        }.get(model, self._remove_rows)
        size = SLICE
        if how in (self._remove_chains, self._remove_records, self._remove_requests):
            size = SLOW_SLICE
        # the conditions look into other tables, too
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                "SELECT old.id FROM %s old WHERE %s ORDER BY old.id LIMIT %s",
                SQL.identifier(self.env[model]._table),
                condition,
                size,
            )
        )
        # sudo: what is due goes, whoever asks for it
        records = self.env[model].sudo().browse([row[0] for row in rows])
        if records:
            how(records)
            records.invalidate_model()
        return len(records), len(records) == size

    @staticmethod
    def _remove_records(records):
        records.unlink()

    @staticmethod
    def _remove_requests(requests):
        requests._erase()

    def _remove_rows(self, records):
        """Nothing but the database's own cascades hangs on these."""
        self.env.cr.execute(
            SQL(
                "DELETE FROM %s WHERE id = ANY(%s)",
                SQL.identifier(records._table),
                records.ids,
            )
        )

    def _remove_chains(self, chains):
        """What was withdrawn for good stays withdrawn: a keyed hash remembers it."""
        self.env["newsletter.tombstone"]._remember_objections(
            chains.event_ids.consent_id
        )
        chains._erase_all()

    def _cut_pieces(self, events):
        events._erase(
            ["ip", "user_agent", "trace_salt"], SQL("id = ANY(%s)", events.ids)
        )

    def _cut_traces(self, traces):
        """Opened and clicked stays, by nobody; the record that is named is none."""
        self.env.cr.execute(
            SQL(
                "UPDATE mailing_trace SET email = NULL, res_id = -id"
                " WHERE id = ANY(%s)",
                traces.ids,
            )
        )
        self.env.cr.execute(
            SQL(
                "UPDATE link_tracker_click SET ip = NULL"
                " WHERE mailing_trace_id = ANY(%s) AND ip IS NOT NULL",
                traces.ids,
            )
        )

    def _apply(self):
        """A slice of everything that is due in these rows; the log says how much.

        :return: whether there may be more
        """
        more = False
        titles = self.env["newsletter.personal.data"]
        for row in self:
            lines = []
            for model, condition in row._stale():
                number, rest = row._remove(model, condition)
                more |= rest
                if number:
                    lines.append((titles._title(model), number))
            if lines:
                total = sum(number for _title, number in lines)
                # sudo: the figures are the scheduler's
                row.sudo()._note_removed(total)
                row._log_removed(lines)
        return more

    def _note_removed(self, number):
        models.Model.write(
            self,
            {"removed": self.removed + number, "removed_at": fields.Datetime.now()},
        )

    def _log_removed(self, lines):
        labels = dict(self._fields["subject"]._description_selection(self.env))
        self.env["newsletter.event"]._log(
            "retention",
            company_id=self.company_id.id,
            record=self,
            text=self.env._(
                "Kept long enough, removed: %(what)s (%(subject)s).",
                what=", ".join(f"{title}: {number}" for title, number in lines),
                subject=labels[self.subject],
            ),
        )

    @api.model
    def _cron_apply(self):
        """A slice of all; again at once while something is left."""
        # sudo: the scheduler works for all companies
        rows = self.sudo()
        rows._complete()
        if rows.search([("subject", "!=", False)])._apply():
            self.env.ref("newsletter_sync.cron_retention")._trigger()

    @api.model
    def action_apply(self):
        """Remove now what is due in the user's companies.

        :raises AccessError: without the right to change these times
        """
        self.check_access("write")
        rows = self.search([("company_id", "in", self.env.companies.ids)])
        # sudo: what is due goes, wherever it lies
        if rows.sudo()._apply():
            self.env.ref("newsletter_sync.cron_retention").sudo()._trigger()
        return {"type": "ir.actions.client", "tag": "soft_reload"}
