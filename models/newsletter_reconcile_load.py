"""Load who is to be decided about: plain rows, a slice of people in few queries.

Rows and not records: most of what is decided needs twenty columns of four tables, and
the ORM would take longer to hold them than the rules to decide.
"""

from collections import namedtuple
from functools import lru_cache

from odoo import fields, models
from odoo.tools import SQL

from .newsletter_same_recipient import goes_before, is_one

_MEMBER = (
    *("id", "email", "name", "remote_id", "partner_id", "contact_id", "lead_id"),
    *("local_status", "local_status_at", "remote_status", "remote_status_at"),
    *("remote_email", "result", "result_text", "task", "task_by", "task_difference"),
    *("task_values", "task_sends", "outdated", "accepted_digest", "base_status"),
    *("base_values", "base_digest", "local_values", "remote_values", "remote_digest"),
    *("difference_digest", "opt_in_at", "opt_in_ip", "reason", "synced_at"),
    *("result_code", "snoozed_until", "snoozed", "asked_at", "parked"),
)
_FETCHED = (
    *("id", "remote_id", "email", "status", "status_at", "changed_at", "opt_in_at"),
    *("opt_in_ip", "reason", "values", "digest", "read_at"),
)
_SUBSCRIPTION = (
    *("id", "contact_id", "opt_out", "opt_out_datetime", "create_date", "write_date"),
    "write_uid",
)
#: what a person's record says, whatever its model; ``raw`` is the address as typed,
#: ``kind`` the kind of record, as rows of the field mapping name it
_PERSON = ("id", "raw", "email", "name", "active", "write_date", "kind")
PERSON_SQL = {
    "res.partner": SQL(
        "id, email, email_normalized, complete_name, active, write_date,"
        " CASE WHEN is_company THEN 'company' ELSE 'res.partner' END FROM res_partner"
    ),
    "crm.lead": SQL(
        "id, email_from, email_normalized,"
        " COALESCE(NULLIF(contact_name, ''), NULLIF(partner_name, ''), name),"
        " active, write_date, 'crm.lead' FROM crm_lead"
    ),
    "mailing.contact": SQL(
        "id, email, email_normalized, name, TRUE, write_date, 'mailing.contact'"
        " FROM mailing_contact"
    ),
}


@lru_cache
def row_class(names):
    """A row by attributes, as a record has them; false where there is none."""
    row = namedtuple("Row", names)
    return type(
        "Row", (row,), {"__slots__": (), "__bool__": lambda self: self[0] is not None}
    )


def no_row(names):
    """What stands for a row that is not there."""
    return row_class(names)(*[None] * len(names))


class Case:
    """One person: what stands here, what the tool said, and the outcome.

    ``contact``, ``partner`` and ``lead`` are records; ``member`` and ``fetched`` are
    rows or records, ``subscription`` a row, ``person`` the row of the record whose
    values count, ``address`` what is written in it.
    """

    __slots__ = (
        *("member", "fetched", "subscription", "person", "contact", "partner", "lead"),
        *("email", "address", "local", "remote", "outcome"),
        #: only the tool's side is news: what Odoo says is remembered at the member
        "remembered",
        #: keys of the values that really got into Odoo; None: all of them
        "taken",
        #: what stood in Odoo before: {(model, id): {field: value}}
        "before",
        #: contacts between whom nothing decided, the taken one first
        "among",
        #: somebody logs in with the contact's address
        "guarded",
        #: the tool gets the address that Odoo has without anybody being asked
        "movable",
        #: the tool is being told that the person has left
        "leaving_told",
    )

    def __init__(self):
        self.email = ""
        self.remembered = False
        self.taken = None
        self.before = {}
        self.among = ()
        self.guarded = False
        self.movable = False
        self.leaving_told = False

    @property
    def record(self):
        """Whose values count: the contact's, else the lead's, else the reader's."""
        return self.partner or self.lead or self.contact


class NewsletterReconcile(models.AbstractModel):
    _inherit = "newsletter.reconcile"

    def _load(self, run, coupling, candidates):
        """The cases behind candidates, each person once, and who is kept apart.

        :param candidates: records of ``newsletter.candidate``
        :return: cases, and pairs as ``_apart`` finds them
        """
        self.env.flush_all()
        rows = self._rows(
            ("id", "fetched_id", "member_id", "contact_id", "kind"),
            SQL(
                "SELECT %s FROM newsletter_candidate WHERE id = ANY(%s) ORDER BY id",
                _columns(("id", "fetched_id", "member_id", "contact_id", "kind")),
                candidates.ids,
            ),
        )
        members = self._by_id(
            SQL.identifier("newsletter_member"), _MEMBER, [r.member_id for r in rows]
        )
        fetched = self._by_id(run._stage(), _FETCHED, [row.fetched_id for row in rows])
        readers = self._people("mailing.contact", [row.contact_id for row in rows])
        emails = {row.email for row in (*fetched.values(), *readers.values())}
        known = self._members_by_email(coupling, emails)
        staged = self._staged(run, rows, members, readers)
        apart = self._apart(run, coupling, rows, members, fetched, known)
        cases = {}
        for row in rows:
            if row.id in apart:
                continue
            case = self._case(row, members, fetched, readers, known, staged)
            # found in several ways, decided about once
            key = case.member.id or case.email or row.contact_id
            former = cases.get(key)
            if key and (former is None or goes_before(case, former)):
                cases[key] = case
        cases = list(cases.values())
        self._find_people(coupling, cases)
        cases = [
            case
            for case in cases
            if case.member or case.fetched or case.contact or case.partner
        ]
        return cases, list(apart.values())

    def _case(self, row, members, fetched, readers, known, staged):
        case = Case()
        reader = readers.get(row.contact_id) or NO_PERSON
        case.fetched = fetched.get(row.fetched_id) or NO_FETCHED
        case.email = case.fetched.email or reader.email
        case.member = members.get(row.member_id) or known.get(case.email) or NO_MEMBER
        case.email = case.email or case.member.email
        member = case.member
        if not case.fetched:
            by_email = staged.get(case.email) or NO_FETCHED
            case.fetched = staged.get(member.remote_id) or (
                by_email if is_one(by_email, member) else NO_FETCHED
            )
        case.contact = self.env["mailing.contact"].browse(
            member.contact_id or row.contact_id or ()
        )
        case.partner = self.env["res.partner"].browse(member.partner_id or ())
        case.lead = self.env["crm.lead"].browse(member.lead_id or ())
        case.remembered = row.kind == "tool" and bool(member.synced_at)
        return case

    # --- rows -------------------------------------------------------------------------
    def _rows(self, names, query):
        make = row_class(tuple(names))
        self.env.cr.execute(query)
        return [make(*row) for row in self.env.cr.fetchall()]

    def _by_id(self, table, names, ids):
        """{id: row}"""
        query = SQL(
            "SELECT %s FROM %s WHERE id = ANY(%s)",
            _columns(names),
            table,
            as_array(ids),
        )
        return {row.id: row for row in self._rows(names, query)}

    def _people(self, model, ids):
        """{id: row of a person}"""
        return self._people_where(model, SQL("id = ANY(%s)", as_array(ids)))

    def _people_where(self, model, condition):
        query = SQL("SELECT %s WHERE %s", PERSON_SQL[model], condition)
        return {row.id: row for row in self._rows(_PERSON, query)}

    def _members_by_email(self, coupling, emails):
        """{address: member row} of the coupling."""
        query = SQL(
            "SELECT %s FROM newsletter_member"
            " WHERE coupling_id = %s AND active AND email = ANY(%s)",
            _columns(_MEMBER),
            coupling.id,
            as_array(emails),
        )
        return {row.email: row for row in self._rows(_MEMBER, query)}

    def _staged(self, run, rows, members, readers):
        """{recipient id and address: stage row} for candidates that came without one.

        Who changed here may have been read from the tool as well. The comparison of a
        whole list has joined them already.
        """
        lonely = [row for row in rows if not row.fetched_id]
        known = [members[r.member_id] for r in lonely if r.member_id in members]
        new = [readers[r.contact_id] for r in lonely if r.contact_id in readers]
        if not lonely or (run.cursor or {}).get("whole"):
            return {}
        found = self._rows(
            _FETCHED,
            SQL(
                """
                SELECT %s FROM %s
                 WHERE run_id = %s AND (remote_id = ANY(%s) OR email = ANY(%s))
                """,
                _columns(_FETCHED),
                run._stage(),
                run.id,
                as_array(member.remote_id for member in known),
                as_array(person.email for person in (*known, *new)),
            ),
        )
        return {
            **{row.email: row for row in found},
            **{row.remote_id: row for row in found},
        }

    # --- the list ---------------------------------------------------------------------
    def _subscriptions(self, coupling, cases):
        """{contact id: row of its subscription to the coupled list}"""
        query = SQL(
            "SELECT %s FROM mailing_subscription"
            " WHERE list_id = %s AND contact_id = ANY(%s)",
            _columns(_SUBSCRIPTION),
            coupling.mailing_list_id.id or None,
            [case.contact.id for case in cases if case.contact],
        )
        return {row.contact_id: row for row in self._rows(_SUBSCRIPTION, query)}


def _columns(names):
    # what is no column of a table
    derived = {"snoozed": SQL("snoozed_until > %s", fields.Date.today())}
    return SQL(", ").join(derived.get(name) or SQL.identifier(name) for name in names)


def as_array(values):
    """The values that say something, each once, as an array of SQL."""
    return list({value for value in values if value})


NO_MEMBER, NO_FETCHED, NO_SUBSCRIPTION, NO_PERSON = map(
    no_row, (_MEMBER, _FETCHED, _SUBSCRIPTION, _PERSON)
)
