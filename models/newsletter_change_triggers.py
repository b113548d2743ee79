"""The outbox as PostgreSQL triggers: nothing that changes a member escapes them.

Odoo itself writes subscriptions by plain SQL in many places (lists on a contact,
merging lists, cascades of a deletion), so overriding ``create`` and ``write`` misses
people. A trigger runs once per statement, looks its rows up in one query, and only
inserts.

PostgreSQL plans such a query once for each session, at whatever statement comes first,
and keeps it: nothing is known then about the rows of the statements to come, and tables
grow. So the plan is not left to it. A lookup in a table is a ``LATERAL`` subquery that
``OFFSET 0`` keeps apart, which goes by index for each row; it has one condition, for by
another (``active``) PostgreSQL finds an index to read from end to end. The rows of a
statement meet each other by hash (``SETTINGS``). A statement of a hundred rows costs a
hundred lookups among a million members, and one of a million rows a million.
"""

from odoo.tools import SQL

#: names of the functions and triggers; all are found and dropped by this beginning
PREFIX = "newsletter_note"

#: columns that change without anything being said about the person
_NOISE = "ARRAY['write_date', 'write_uid']"

#: see above; compiling such a plan would take longer than all of it
SETTINGS = {"enable_nestloop": "off", "enable_seqscan": "off", "jit": "off"}

#: a coupling's own writes are no news to it, but they are to the others
_NEWS = "IS DISTINCT FROM current_setting('newsletter.quiet', true)"

_SUBSCRIPTION = f"""
    INSERT INTO newsletter_change (coupling_id, res_model, res_id)
    SELECT coupling.id, 'mailing.contact', said.contact_id
      FROM (%(rows)s) AS said (contact_id, list_id)
      JOIN newsletter_coupling coupling
        ON coupling.mailing_list_id = said.list_id AND coupling.active
     WHERE coupling.id::text {_NEWS};
"""

#: members found by their link; only then the rows are compared, which costs more
_RECORD_CHANGED = f"""
    INSERT INTO newsletter_change (coupling_id, res_model, res_id, email)
    WITH touched AS MATERIALIZED (
        SELECT member.id, member.coupling_id, present.id AS record_id
          FROM newsletter_new present
         CROSS JOIN LATERAL (
                   SELECT * FROM newsletter_member known
                    WHERE known.%(link)s = present.id OFFSET 0
               ) member
         WHERE member.active AND member.coupling_id::text {_NEWS}
    )
    SELECT touched.coupling_id, 'newsletter.member', touched.id,
           NULLIF(former.email_normalized, present.email_normalized)
      FROM touched
      JOIN newsletter_new present ON present.id = touched.record_id
      JOIN newsletter_old former ON former.id = touched.record_id
     WHERE to_jsonb(present) - {_NOISE} IS DISTINCT FROM to_jsonb(former) - {_NOISE};
"""

#: what is said about an address concerns every member with it, linked or not
_ADDRESS = f"""
    INSERT INTO newsletter_change (coupling_id, res_model, res_id)
    SELECT member.coupling_id, 'newsletter.member', member.id
      FROM (%(rows)s) AS said (email, company_id)
     CROSS JOIN LATERAL (
               SELECT * FROM newsletter_member known
                WHERE known.email = said.email OFFSET 0
           ) member
     WHERE (said.company_id IS NULL OR member.company_id = said.company_id)
       AND member.active AND member.coupling_id::text {_NEWS};
"""

#: ids of the members of the records of one kind that have the address
_MOVED = """
               SELECT known.id
                 FROM (SELECT record.id FROM {table} record
                        WHERE record.email_normalized = said.email OFFSET 0) record
                CROSS JOIN LATERAL (
                          SELECT linked.id FROM newsletter_member linked
                           WHERE linked.{link} = record.id OFFSET 0
                      ) known
"""

#: an address that a record has and its member does not have yet: a change of address
#: waits for the consent of the new one, and falls when that is blocked
_NEW_ADDRESS = f"""
    INSERT INTO newsletter_change (coupling_id, res_model, res_id)
    SELECT member.coupling_id, 'newsletter.member', member.id
      FROM (%(rows)s) AS said (email, company_id)
     CROSS JOIN LATERAL (
               {_MOVED.format(table="res_partner", link="partner_id")}
                UNION
               {_MOVED.format(table="mailing_contact", link="contact_id")}
                UNION
               {_MOVED.format(table="crm_lead", link="lead_id")}
           ) moved
     CROSS JOIN LATERAL (
               SELECT * FROM newsletter_member known
                WHERE known.id = moved.id OFFSET 0
           ) member
     WHERE (said.company_id IS NULL OR member.company_id = said.company_id)
       AND member.active AND member.email <> said.email
       AND member.coupling_id::text {_NEWS};
"""

#: the scheduled action looks within a minute; nobody waits for it
_WAKE = """
    IF FOUND THEN
        INSERT INTO ir_cron_trigger (cron_id, call_at)
        SELECT named.res_id, now() AT TIME ZONE 'UTC'
          FROM ir_model_data named
         WHERE named.module = 'newsletter_sync' AND named.name = 'cron_changes'
           AND NOT EXISTS (
                   SELECT FROM ir_cron_trigger known
                    WHERE known.cron_id = named.res_id
                      AND known.call_at <= now() AT TIME ZONE 'UTC'
                   OFFSET 0
               );
    END IF;
"""

_DELETED = "SELECT email_normalized, NULL::int FROM newsletter_old"


def _changed(columns, row="present.email_normalized, NULL::int"):
    """Rows of an update in which one of the columns is another now."""
    return f"""
        SELECT {row} FROM newsletter_new present JOIN newsletter_old former USING (id)
         WHERE ({", ".join("present." + c for c in columns)})
               IS DISTINCT FROM ({", ".join("former." + c for c in columns)})
    """


_LINK = ["contact_id", "list_id"]
_LISTED = "SELECT contact_id, list_id FROM "
# one without a state says nothing; evidence that gives it one is an update
_CONSENT = "SELECT email, company_id FROM newsletter_new WHERE state <> 'none'"
_BLOCKED = "SELECT email, NULL::int FROM "

#: table -> event -> statements, each with what stands for its placeholder
NOTES = {
    "mailing_subscription": {
        "INSERT": [(_SUBSCRIPTION, _LISTED + "newsletter_new")],
        "UPDATE": [
            (
                _SUBSCRIPTION,
                _changed(
                    ["opt_out", "opt_out_datetime", *_LINK],
                    "present.contact_id, present.list_id",
                )
                + " UNION "
                + _changed(_LINK, "former.contact_id, former.list_id"),
            )
        ],
        "DELETE": [(_SUBSCRIPTION, _LISTED + "newsletter_old")],
    },
    "mailing_contact": {
        "UPDATE": [(_RECORD_CHANGED, "contact_id")],
        # the links are empty by now, the database cleared them
        "DELETE": [(_ADDRESS, _DELETED)],
    },
    "res_partner": {
        "INSERT": [
            (
                _ADDRESS,
                """
                SELECT email_normalized, NULL::int FROM newsletter_new
                 WHERE no_marketing_email
                """,
            )
        ],
        "UPDATE": [
            (_RECORD_CHANGED, "partner_id"),
            (
                _ADDRESS,
                # a new contact gets its normalised address by an update
                _changed(["no_marketing_email", "email_normalized"])
                + " AND (present.no_marketing_email OR former.no_marketing_email)",
            ),
        ],
        "DELETE": [(_ADDRESS, _DELETED)],
    },
    "crm_lead": {
        "UPDATE": [(_RECORD_CHANGED, "lead_id")],
        "DELETE": [(_ADDRESS, _DELETED)],
    },
    "mail_blacklist": {
        "INSERT": [
            (_ADDRESS, _BLOCKED + "newsletter_new"),
            (_NEW_ADDRESS, _BLOCKED + "newsletter_new"),
        ],
        "UPDATE": [
            (statement, _changed(["active"], "present.email, NULL::int"))
            for statement in (_ADDRESS, _NEW_ADDRESS)
        ],
        "DELETE": [(_ADDRESS, _BLOCKED + "newsletter_old")],
    },
    "newsletter_consent": {
        "INSERT": [(_ADDRESS, _CONSENT), (_NEW_ADDRESS, _CONSENT)],
        "UPDATE": [
            (
                statement,
                _changed(["state", "state_at"], "present.email, present.company_id"),
            )
            for statement in (_ADDRESS, _NEW_ADDRESS)
        ],
    },
}

_TABLES = {
    "INSERT": "NEW TABLE AS newsletter_new",
    "UPDATE": "NEW TABLE AS newsletter_new OLD TABLE AS newsletter_old",
    "DELETE": "OLD TABLE AS newsletter_old",
}


def create(cr):
    """Create functions and triggers, replacing those of an earlier version."""
    drop(cr)
    for table, events in NOTES.items():
        for event, notes in events.items():
            name = f"{PREFIX}_{table}_{event.lower()}"
            body = "".join(
                note % ({"rows": what} if "%(rows)s" in note else {"link": what})
                + _WAKE
                for note, what in notes
            )
            cr.execute(
                SQL(
                    """
                    CREATE FUNCTION %(name)s() RETURNS trigger LANGUAGE plpgsql
                    %(settings)s AS %(body)s
                    """,
                    name=SQL.identifier(name),
                    settings=SQL(" ").join(
                        SQL("SET %s = %s", SQL.identifier(setting), value)
                        for setting, value in SETTINGS.items()
                    ),
                    body=f"BEGIN {body} RETURN NULL; END",
                )
            )
            cr.execute(
                SQL(
                    """
                    CREATE TRIGGER %(name)s AFTER %(event)s ON %(table)s
                    REFERENCING %(tables)s
                    FOR EACH STATEMENT EXECUTE FUNCTION %(name)s()
                    """,
                    name=SQL.identifier(name),
                    event=SQL(event),
                    table=SQL.identifier(table),
                    tables=SQL(_TABLES[event]),
                )
            )


def drop(cr):
    """Drop them; without this no contact could be saved after an uninstall."""
    cr.execute(
        SQL(
            "SELECT oid::regprocedure::text FROM pg_proc WHERE proname LIKE %s",
            PREFIX.replace("_", r"\_") + r"\_%",
        )
    )
    for (function,) in cr.fetchall():
        cr.execute(SQL("DROP FUNCTION %s CASCADE", SQL(function)))
