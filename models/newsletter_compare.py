"""Find the people about whom both sides may differ: set-wise, in the database.

An unchanged member costs no Python and no write, however long the list is.
"""

from odoo import api, models
from odoo.tools import SQL

from .newsletter_same_recipient import leaves

#: What Odoo says may be another than what is remembered: the subscription is younger or
#: says another status (writing it by SQL leaves no time behind). Whose record changed
#: is in the outbox, see ``newsletter_compare_late``.
_CHANGED_HERE = """
    (member.synced_at IS NULL
     OR GREATEST(subscribed.write_date, %(mapped_at)s) > member.synced_at
     OR CASE WHEN subscribed.contact_id IS NULL
             THEN member.local_status IS NOT NULL AND %(list)s IS NOT NULL
             ELSE subscribed.opt_out IS DISTINCT FROM
                  (member.local_status IN ('unsubscribed', 'blocked')) END)
"""

#: after so many new rows the database is told at once how large its tables are
MANY = 10_000
#: enough to join a million people without writing them to the disk in between
_MEMORY = """
    SELECT set_config('work_mem', '64MB', TRUE)
     WHERE pg_size_bytes(current_setting('work_mem')) < pg_size_bytes('64MB')
"""


class NewsletterCompare(models.AbstractModel):
    _name = "newsletter.compare"
    _description = "Newsletter Comparison"

    @api.model
    def _find(self, run, whole):
        """Turn the stage of a run, and the outbox, into candidates.

        :param whole: the stage holds the tool's whole list, so who is not in it is gone
        :return: the number of candidates
        """
        self.env.flush_all()
        if whole:
            self._note_late(run)
        found = self._compare_whole(run) if whole else self._take_read(run)
        found += self._take_changes(run)
        if found:
            run._index_stage()
        if found >= MANY:
            # else the statements of the next steps would expect a handful
            self._execute("ANALYZE newsletter_candidate")
        return found

    def _execute(self, statement, **values):
        self.env.cr.execute(SQL(statement, **values))
        return self.env.cr.rowcount

    def _of(self, run):
        """The values that every statement names."""
        mappings = self.env["newsletter.field.mapping"]._of_connection(
            run.connection_id, run.coupling_id
        )
        return {
            "run": run.id,
            "stage": run._stage(),
            "coupling": run.coupling_id.id,
            "list": run.coupling_id.mailing_list_id.id or None,
            "mapped_at": max(mappings.mapped("write_date"), default=None),
        }

    # --- the whole list ---------------------------------------------------------------
    def _compare_whole(self, run):
        """One join of the stage, the members and the list; only what differs remains,
        and who is "away": gone before, which both sides agree on. Some tools remove
        whoever leaves, and nobody is asked about them again in each comparison; only
        if their address is back it is them.

        The result of a query, and not of an insertion, may be computed by several
        processes of the database. It would not ask them if it believed that everybody
        differs: an integer that is compared with a constant looks rare to it.
        """
        values = self._of(run)
        run._analyse_stage()
        self._execute(_MEMORY)
        self._execute(
            """
            CREATE TEMPORARY TABLE newsletter_differing ON COMMIT DROP AS
            SELECT met.id AS fetched_id, met.remote_id, met.email AS met_email,
                   member.id AS member_id, member.email AS member_email,
                   member.remote_id AS member_remote_id,
                   subscribed.contact_id,
                   CASE
                   WHEN member.id IS NULL AND met.id IS NOT NULL THEN 'new'
                   WHEN member.id IS NULL THEN 'unsent'
                   WHEN met.id IS NULL AND member.remote_status IS NULL
                    AND NOT member.is_open AND NOT %(changed_here)s THEN 'away'
                   WHEN met.id IS NULL THEN 'gone'
                   WHEN %(changed_here)s THEN 'both'
                   WHEN member.is_news AND member.base_status = met.status
                    AND member.remote_digest = met.digest
                    AND member.email = met.email
                   THEN 'settled'
                   ELSE 'tool' END AS kind
              FROM (SELECT id, remote_id, email, status, digest
                      FROM %(stage)s WHERE run_id = %(run)s) met
              FULL JOIN (SELECT id, remote_id, email, contact_id, remote_status,
                                remote_digest, synced_at, local_status, base_status,
                                COALESCE(remote_digest, base_digest) AS digest,
                                result IS DISTINCT FROM 'success' AS is_open,
                                result IN ('new_in_list', 'new_contact', 'aborted')
                                AND task IS NULL AND local_values IS NULL
                                AND remote_values IS NULL AND remote_email IS NULL
                                AND local_status = base_status AS is_news
                           FROM newsletter_member
                          WHERE coupling_id = %(coupling)s AND active) member
                ON member.remote_id = met.remote_id
              FULL JOIN (SELECT contact_id, write_date,
                                COALESCE(opt_out, FALSE) AS opt_out
                           FROM mailing_subscription
                          WHERE list_id = %(list)s) subscribed
                ON subscribed.contact_id = member.contact_id
             WHERE (member.id IS NULL OR met.id IS NULL
                    OR member.remote_status IS DISTINCT FROM met.status
                    OR member.email IS DISTINCT FROM met.email
                    OR member.is_open
                    OR member.digest IS DISTINCT FROM met.digest
                    OR %(changed_here)s)::int = 1
            """,
            **values,
            changed_here=SQL(_CHANGED_HERE, **values),
        )
        return self._pair_by_address(values)

    def _pair_by_address(self, values):
        """Who was not paired by the tool's id may be the same person by the address.

        Both sides must be alone: who has the address of a member that is met by its id
        is somebody else.
        """
        self._execute("ANALYZE newsletter_differing")
        found = self._execute(
            """
            INSERT INTO newsletter_candidate (run_id, fetched_id, member_id, kind)
            SELECT %(run)s, differing.fetched_id, differing.member_id,
                   NULLIF(differing.kind, 'both')
              FROM newsletter_differing differing
             WHERE differing.kind IN ('both', 'tool', 'settled')
             UNION ALL
            SELECT %(run)s, met.fetched_id, gone.member_id,
                   CASE WHEN gone.member_id IS NULL THEN 'new' END
              FROM newsletter_differing met
              LEFT JOIN newsletter_differing gone
                ON gone.kind IN ('gone', 'away') AND gone.member_email = met.met_email
             WHERE met.kind = 'new'
             UNION ALL
            SELECT %(run)s, NULL, gone.member_id,
                   CASE WHEN gone.member_remote_id IS NOT NULL THEN 'gone' END
              FROM newsletter_differing gone
             WHERE gone.kind = 'gone'
               AND NOT EXISTS (
                       SELECT FROM newsletter_differing met
                        WHERE met.kind = 'new' AND met.met_email = gone.member_email)
            """,
            **values,
        )
        found += self._execute(
            """
            INSERT INTO newsletter_candidate (run_id, contact_id)
            SELECT %(run)s, contact.id
              FROM newsletter_differing unsent
              JOIN mailing_contact contact ON contact.id = unsent.contact_id
             WHERE unsent.kind = 'unsent'
               AND NOT EXISTS (
                       SELECT FROM newsletter_member member
                        WHERE member.coupling_id = %(coupling)s AND member.active
                          AND member.email = contact.email_normalized)
               AND NOT EXISTS (
                       SELECT FROM newsletter_differing met
                        WHERE met.kind = 'new'
                          AND met.met_email = contact.email_normalized)
            """,
            **values,
        )
        self._execute("DROP TABLE newsletter_differing")
        return found

    @api.model
    def _meet_again(self, run, candidate_ids, after):
        """Give candidates that were taken for gone the rows found by asking once more.

        The rows of people who are not there at the tool stay missing, also of those
        whose address another member has there by now: each is found by its id.

        :param after: id of the last row before; nobody searches those before it
        """
        self._execute(
            """
            UPDATE newsletter_candidate candidate
               SET kind = NULL,
                   fetched_id = (
                       SELECT met.id
                         FROM %(stage)s met
                        WHERE met.run_id = candidate.run_id AND met.id > %(after)s
                          AND (met.remote_id = member.remote_id
                               OR met.email = member.email
                              AND NOT EXISTS (
                                      SELECT FROM newsletter_member other
                                       WHERE other.coupling_id = member.coupling_id
                                         AND other.active
                                         AND other.remote_id = met.remote_id
                                         AND other.id <> member.id))
                        ORDER BY met.remote_id = member.remote_id DESC, met.id DESC
                        LIMIT 1)
              FROM newsletter_member member
             WHERE candidate.id = ANY(%(ids)s) AND member.id = candidate.member_id
            """,
            stage=run._stage(),
            after=after,
            ids=candidate_ids,
        )

    # --- what was read ----------------------------------------------------------------
    def _take_read(self, run):
        """Everybody whom the tool has named: few, and most of them have changed.

        A member is taken for the recipient with its address as long as nothing says
        that it is another one: its own recipient was read as well, or has another
        address, or the member is leaving, which must reach its own recipient.
        """
        return self._execute(
            """
            INSERT INTO newsletter_candidate (run_id, fetched_id, member_id, kind)
            SELECT %(run)s, met.id, COALESCE(member.id, namesake.id),
                   CASE WHEN member.id IS NOT NULL THEN 'tool'
                        WHEN namesake.id IS NULL THEN 'new' END
              FROM %(stage)s met
              LEFT JOIN LATERAL (
                       SELECT id FROM newsletter_member
                        WHERE coupling_id = %(coupling)s AND active
                          AND remote_id = met.remote_id
                        LIMIT 1) member ON TRUE
              LEFT JOIN LATERAL (
                       SELECT id FROM newsletter_member member
                        WHERE coupling_id = %(coupling)s AND active
                          AND email = met.email
                          AND (remote_id IS NULL
                               OR EXISTS (
                                      SELECT FROM %(stage)s own
                                       WHERE own.run_id = %(run)s
                                         AND own.remote_id = member.remote_id
                                         AND own.status IS NULL)
                               OR NOT (remote_email IS NOT NULL OR %(leaves)s
                                       OR EXISTS (
                                              SELECT FROM %(stage)s own
                                               WHERE own.run_id = %(run)s
                                                 AND own.remote_id
                                                   = member.remote_id)))
                        LIMIT 1) namesake ON member.id IS NULL
             WHERE met.run_id = %(run)s
            """,
            **self._of(run),
            leaves=leaves(run.coupling_id),
        )

    # --- the outbox -------------------------------------------------------------------
    def _take_changes(self, run):
        """Move the outbox of the coupling to the candidates, each person once.

        Whose record has changed here is looked at on both sides.
        """
        values = self._of(run)
        taken = self._execute(
            """
            CREATE TEMPORARY TABLE newsletter_taken ON COMMIT DROP AS
            WITH taken AS (
                DELETE FROM newsletter_change
                 WHERE coupling_id = %(coupling)s
                RETURNING res_model, res_id
            )
            SELECT DISTINCT res_model, res_id FROM taken
            """,
            **values,
        )
        found = self._take_taken(values) if taken else 0
        self._execute("DROP TABLE newsletter_taken")
        return found

    def _take_taken(self, values):
        self._execute("ANALYZE newsletter_taken")
        self._execute(
            """
            CREATE TEMPORARY TABLE newsletter_meant ON COMMIT DROP AS
            SELECT member.id AS member_id, NULL::int AS contact_id,
                   member.remote_id, member.email
              FROM newsletter_taken taken
              JOIN newsletter_member member ON member.id = taken.res_id
             WHERE taken.res_model = 'newsletter.member'
               AND member.coupling_id = %(coupling)s AND member.active
             UNION
            SELECT member.id, CASE WHEN member.id IS NULL THEN contact.id END,
                   member.remote_id, COALESCE(member.email, contact.email_normalized)
              FROM newsletter_taken taken
              JOIN mailing_contact contact ON contact.id = taken.res_id
              LEFT JOIN LATERAL (
                       SELECT id, remote_id, email FROM newsletter_member
                        WHERE coupling_id = %(coupling)s AND active
                          AND contact_id = contact.id
                        UNION
                       SELECT id, remote_id, email FROM newsletter_member
                        WHERE coupling_id = %(coupling)s AND active
                          AND email = contact.email_normalized
                   ) member ON TRUE
             WHERE taken.res_model = 'mailing.contact'
            """,
            **values,
        )
        # known to be few, they are kept in memory while the stage is looked through;
        # else it would be the stage that is kept in memory
        self._execute("ANALYZE newsletter_meant")
        self._execute(
            """
            CREATE TEMPORARY TABLE newsletter_touched ON COMMIT DROP AS
            SELECT meant.member_id, meant.contact_id, met.id AS fetched_id
              FROM newsletter_meant meant
              LEFT JOIN %(stage)s met
                ON met.run_id = %(run)s AND met.remote_id = meant.remote_id
             WHERE meant.remote_id IS NOT NULL
             UNION ALL
            SELECT meant.member_id, meant.contact_id, met.id
              FROM newsletter_meant meant
              LEFT JOIN %(stage)s met
                ON met.run_id = %(run)s AND met.email = meant.email
             WHERE meant.remote_id IS NULL
            """,
            **values,
        )
        self._execute("DROP TABLE newsletter_meant")
        self._execute("ANALYZE newsletter_touched")
        # one after the other: an OR would compare everybody with everybody
        for name in ("member_id", "fetched_id"):
            self._execute(
                """
                UPDATE newsletter_candidate known SET kind = NULL
                  FROM newsletter_touched touched
                 WHERE known.run_id = %(run)s AND known.kind <> 'gone'
                   AND known.%(name)s = touched.%(name)s
                """,
                **values,
                name=SQL.identifier(name),
            )
        found = self._execute(
            """
            INSERT INTO newsletter_candidate (run_id, member_id, contact_id, fetched_id)
            SELECT DISTINCT %(run)s, member_id, contact_id, fetched_id
              FROM newsletter_touched touched
             WHERE NOT EXISTS (
                       SELECT FROM newsletter_candidate known
                        WHERE known.run_id = %(run)s
                          AND known.member_id = touched.member_id)
               AND NOT EXISTS (
                       SELECT FROM newsletter_candidate known
                        WHERE known.run_id = %(run)s
                          AND known.fetched_id = touched.fetched_id)
               AND NOT EXISTS (
                       SELECT FROM newsletter_candidate known
                        WHERE known.run_id = %(run)s
                          AND known.contact_id = touched.contact_id)
            """,
            **values,
        )
        self._execute("DROP TABLE newsletter_touched")
        return found
