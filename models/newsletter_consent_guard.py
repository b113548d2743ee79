"""What the database itself refuses: changing or deleting evidence.

The ORM refuses it as well, but not everything comes through the ORM. Erasing is the one
exception: it says so in its transaction, and may then empty fields, never fill them.
"""

from collections import Counter
from contextlib import contextmanager

from odoo import api, fields, models
from odoo.tools import SQL

from .newsletter_consent_event import CONTENT, TRACE

FUNCTION = "newsletter_evidence_guard"

_GUARD = """
BEGIN
    IF current_setting('newsletter.erasing', true) IS DISTINCT FROM 'on' THEN
        RAISE EXCEPTION 'Evidence is never changed or deleted.'
              USING ERRCODE = 'restrict_violation';
    END IF;
    IF TG_OP = 'UPDATE' AND EXISTS (
        SELECT FROM jsonb_each(to_jsonb(NEW)) present
               JOIN jsonb_each(to_jsonb(OLD)) former USING (key)
         WHERE present.value IS DISTINCT FROM former.value
           AND present.value <> 'null'::jsonb
           AND key <> 'erased_at'
    ) THEN
        RAISE EXCEPTION 'Evidence is only ever erased, not changed.'
              USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN COALESCE(NEW, OLD);
END
"""


def drop(cr):
    """Take the guard away before the addon's tables are dropped."""
    cr.execute(SQL("DROP FUNCTION IF EXISTS %s CASCADE", SQL.identifier(FUNCTION)))


class NewsletterConsentEvent(models.Model):
    _inherit = "newsletter.consent.event"

    def init(self):
        """The guard, anew with each version."""
        drop(self.env.cr)
        name, table = SQL.identifier(FUNCTION), SQL.identifier(self._table)
        self.env.cr.execute(
            SQL(
                "CREATE FUNCTION %s() RETURNS trigger LANGUAGE plpgsql AS %s",
                name,
                _GUARD,
            )
        )
        self.env.cr.execute(
            SQL(
                """
                CREATE TRIGGER %(name)s BEFORE UPDATE OR DELETE ON %(table)s
                FOR EACH ROW EXECUTE FUNCTION %(name)s();
                CREATE TRIGGER %(all)s BEFORE TRUNCATE ON %(table)s
                FOR EACH STATEMENT EXECUTE FUNCTION %(name)s()
                """,
                name=name,
                table=table,
                all=SQL.identifier(f"{FUNCTION}_all"),
            )
        )

    # --- the only ways to erase -----------------------------------------------------
    @api.model
    def _erase_traces(self, before):
        """Cut client addresses and browsers of pieces older than a moment (UTC).

        The chains stay valid.

        :return: number of pieces
        """
        return self._erase(
            ["ip", "user_agent", "trace_salt"],
            SQL("date < %s AND trace_salt IS NOT NULL", before),
        )

    def _erase_content(self):
        """Cut everything personal from these pieces, for a request that ran out.

        What stays says that there was a piece of this kind, and when.
        """
        self._documents().unlink()
        names = [*CONTENT, *TRACE, "content_salt", "trace_salt"]
        return self._erase(names, SQL("id = ANY(%s)", self.ids))

    @api.model
    def _erase(self, names, condition):
        self.env.flush_all()
        empty = SQL(", ").join(SQL("%s = NULL", SQL.identifier(n)) for n in names)
        with self._erasing():
            self.env.cr.execute(
                SQL(
                    "UPDATE newsletter_consent_event SET %s, erased_at = %s WHERE %s",
                    empty,
                    fields.Datetime.now(),
                    condition,
                )
            )
            number = self.env.cr.rowcount
        self.invalidate_model([*names, "erased_at"])
        return number

    @contextmanager
    def _erasing(self):
        """What the guard lets through; only for the statements inside."""
        said = SQL("SELECT set_config('newsletter.erasing', 'on', true)")
        self.env.cr.execute(said)
        yield
        self.env.cr.execute(SQL("SELECT set_config('newsletter.erasing', '', true)"))

    def _documents(self):
        """The stored scans and letters of these pieces."""
        # sudo: they are read and erased by code only
        return (
            self.env["ir.attachment"]
            .sudo()
            .search(
                [
                    ("res_model", "=", self._name),
                    ("res_field", "=", "document"),
                    ("res_id", "in", self.ids),
                ]
            )
        )


class NewsletterConsentChain(models.Model):
    _inherit = "newsletter.consent.chain"

    def _erase_all(self):
        """Delete these chains with everything in them, and the consents.

        For addresses that nothing has to be proven of: a request that nobody
        confirmed, evidence whose time of keeping is over. Only counts remain.

        :return: {kind: number of pieces}
        """
        events = self.env["newsletter.consent.event"]
        # sudo: nobody may delete evidence; that it is due was decided by the caller
        mine = events.sudo().search([("chain_id", "in", self.ids)])
        kinds = Counter(mine.mapped("kind"))
        consents = mine.consent_id
        mine._documents().unlink()
        self.env.flush_all()
        with events._erasing():
            self.env.cr.execute(
                SQL("DELETE FROM newsletter_consent_event WHERE id = ANY(%s)", mine.ids)
            )
        events.invalidate_model()
        self.sudo().unlink()
        consents.unlink()
        return dict(kinds)
