"""People of a transmission as plain rows between SQL and the rules."""

from dataclasses import dataclass

from odoo.tools import SQL

from .newsletter_set_wise import as_json

#: tasks by which data travels
SENDING = ("transmit", "update", "signup")
#: statuses from which somebody is brought back, one by one
LEFT = ("unsubscribed", "blocked")

#: what the tool shall hold after the task, see ``newsletter.member._values_to_send``
SENDS = SQL(
    """
    CASE WHEN member.task IN %s THEN
        COALESCE(member.task_sends, member.local_values, member.base_values, '{}')
        || COALESCE(member.task_values, '{}')
    END
    """,
    SENDING,
)
#: the address that the record of a member has now
WANTED = SQL(
    """
    CASE WHEN member.task = 'change_address' THEN
        CASE WHEN member.partner_id IS NOT NULL THEN
                  (SELECT partner.email_normalized FROM res_partner partner
                    WHERE partner.id = member.partner_id)
             WHEN member.lead_id IS NOT NULL THEN
                  (SELECT lead.email_normalized FROM crm_lead lead
                    WHERE lead.id = member.lead_id)
             ELSE (SELECT contact.email_normalized FROM mailing_contact contact
                    WHERE contact.id = member.contact_id) END
    END
    """
)
#: the kind of record whose values count, see ``Case.record``
KIND = SQL(
    """
    CASE WHEN (SELECT partner.is_company FROM res_partner partner
                WHERE partner.id = member.partner_id) THEN 'company'
         WHEN member.partner_id IS NOT NULL THEN 'res.partner'
         WHEN member.lead_id IS NOT NULL THEN 'crm.lead'
         WHEN member.contact_id IS NOT NULL THEN 'mailing.contact'
         ELSE 'any' END
    """
)


@dataclass(frozen=True)
class Mapping:
    """The field mapping, by mapping ids as text.

    ``names`` and ``types`` of all attributes of the tool that are read; ``sent``: the
    names of those that may be written, for each kind of record; ``plain``: all are
    texts.
    """

    names: dict
    types: dict
    sent: dict
    plain: bool

    def sendable(self, row, values):
        """Those of the values that may be sent of somebody.

        What is remembered of them may be older than the mapping that holds now.
        """
        sent = self.sent[row.kind]
        return {key: value for key, value in (values or {}).items() if key in sent}

    def as_attributes(self, row, values):
        """What may be sent of somebody, by the names that the tool has for it."""
        sent = self.sent[row.kind]
        return {
            sent[key]: value for key, value in (values or {}).items() if key in sent
        }


class Row:
    """One line with its member, as SQL reads it, and what the tool said of it.

    ``word_by`` and ``word``: who had decided when the run was planned, and why;
    ``gone`` says why the line does not fit its member any more, ``kept`` is the line's
    result so far; ``agrees``: the member is brought up to date with what was sent.
    """

    _READ = (
        *("id", "member_id", "plan", "email", "new_email", "remote_id"),
        *("remote_status", "values", "tries", "kept", "looks"),
        *("base_values", "remote_values"),
        *("task_by", "task_at", "task_reason", "word_by", "word", "kind", "gone"),
    )
    #: said later, if at all
    result = reason = message = status = status_at = said_id = None
    agrees = fits = sent = base_digest = remote_digest = text = detail = None

    def __init__(self, read):
        # of a hundred thousand rows the attributes one by one would take a second
        self.__dict__.update(zip(self._READ, read, strict=True))

    @classmethod
    def of(cls, **known):
        """A row of which only some things are known."""
        row = cls([None] * len(cls._READ))
        for name, value in known.items():
            setattr(row, name, value)
        return row


#: what stands in a column where nothing is known
_NOTHING = {"int": None, "text": None, "jsonb": {}, "bool": False}


def said(rows, **kinds):
    """Rows as the table ``said`` of a statement, with these attributes as columns.

    One text costs a third of as many arrays, and the planner, who takes it for a few
    rows, looks the table that is joined up by its key.
    """
    blank = [(name, _NOTHING[kind]) for name, kind in kinds.items()]
    told = [
        {name: getattr(row, name) or nothing for name, nothing in blank} for row in rows
    ]
    return SQL(
        "json_to_recordset(%s) AS said (%s)",
        as_json(told),
        SQL(", ").join(
            SQL("%s %s", SQL.identifier(name), SQL(kind))
            for name, kind in kinds.items()
        ),
    )
