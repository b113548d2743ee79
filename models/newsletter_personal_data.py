"""Where the data of a person lie: one table for the access request and the erasure.

Every model with an address of a person stands here, or in ``NOT_A_PLACE`` with the
reason why not; a test looks at all models of ours, so that none is forgotten.
"""

import re
from dataclasses import dataclass

from odoo import api, models
from odoo.fields import Domain
from odoo.tools import SQL

from ..sync.address import masked

#: what an erasure does with the records of a place
DELETE, CUT, KEEP = "delete", "cut", "keep"


@dataclass(frozen=True)
class Place:
    """A model that knows people.

    :param address: paths to fields that hold a normalised address
    :param company: path to the sender company; "" where all companies share a record
    :param erasure: delete the record, cut the person out of it, or decide closely
    :param mentions: texts in which the address may stand in the middle
    :param shown: fields for the access request; () for all that the model stores
    :param member: field with the plain number of a member, where there is no address
    """

    model: str
    erasure: str = DELETE
    address: tuple[str, ...] = ("email",)
    company: str = "company_id"
    mentions: tuple[str, ...] = ()
    shown: tuple[str, ...] = ()
    member: str = ""


#: in the order in which a person reads them
PLACES = (
    Place(
        "res.partner",
        KEEP,
        ("email_normalized",),
        shown=(
            *("name", "email", "phone", "street", "street2", "zip", "city"),
            *("country_id", "lang", "function", "parent_id", "comment", "category_id"),
            *("no_marketing_email", "newsletter_edited", "create_date", "write_date"),
        ),
    ),
    Place(
        "crm.lead",
        KEEP,
        ("email_normalized",),
        shown=(
            *("name", "contact_name", "partner_name", "email_from", "phone", "street"),
            *("zip", "city", "country_id", "lang_id", "description"),
            *("no_marketing_email", "create_date", "write_date"),
        ),
    ),
    Place(
        "mailing.contact",
        KEEP,
        ("email_normalized",),
        company="",
        shown=(
            *("name", "company_name", "email", "country_id", "tag_ids"),
            *("create_date", "write_date"),
        ),
    ),
    Place(
        "mailing.subscription",
        KEEP,
        ("contact_id.email_normalized",),
        company="",
        shown=(
            *("list_id", "opt_out", "opt_out_datetime", "opt_out_reason_id"),
            "create_date",
        ),
    ),
    Place(
        "mail.blacklist",
        KEEP,
        company="",
        shown=("email", "active", "create_date"),
    ),
    Place("newsletter.consent", KEEP),
    Place("newsletter.consent.chain", KEEP),
    Place("newsletter.consent.event", KEEP),
    Place("newsletter.consent.request"),
    Place("newsletter.member", address=("email", "remote_email")),
    Place("newsletter.identity"),
    Place("newsletter.leaving"),
    Place("newsletter.leaving.receipt"),
    Place("newsletter.bounce"),
    Place("newsletter.bounce.address"),
    Place("newsletter.bounce.move", address=("address_id.email",)),
    Place("newsletter.preference"),
    Place("newsletter.dynamic.match", company="dynamic_id.company_id"),
    # mails of others that name the person are theirs; an erasure masks the address
    Place("newsletter.case", address=("sender",)),
    Place("newsletter.case.step", address=("case_id.sender",)),
    Place(
        "mailing.trace",
        CUT,
        company="",
        shown=(
            *("mass_mailing_id", "email", "trace_status", "sent_datetime"),
            *("open_datetime", "links_click_datetime", "reply_datetime"),
            "failure_type",
        ),
    ),
    Place(
        "link.tracker.click",
        CUT,
        ("mailing_trace_id.email",),
        company="",
        shown=("link_id", "create_date", "ip", "country_id"),
    ),
    Place("newsletter.run.line", CUT, ("email", "raw_email")),
    Place(
        "newsletter.event",
        CUT,
        address=("member_id.email",),
        mentions=("text", "detail", "old_value", "new_value"),
    ),
    Place("newsletter.before.image", address=(), member="member_id"),
    Place("newsletter.fetched", company="run_id.company_id"),
    Place("newsletter.hint", company="coupling_id.company_id"),
    # the outbox has plain numbers; without the row the comparison has the last word
    Place("newsletter.change", company=""),
    Place("newsletter.delivery", address=(), mentions=("body", "query")),
    Place(
        "newsletter.erasure.receipt",
        KEEP,
        address=(),
        mentions=("people",),
    ),
)

#: models with something like an address in which no person is looked for, and why
NOT_A_PLACE = {
    "newsletter.connection": "the organisation's own account and sender",
    "newsletter.mailbox": "the organisation's own address for answers",
    "newsletter.candidate": "numbers of rows, gone when the comparison ends",
    "newsletter.assignment": "a view over members and subscriptions",
}
#: fields of ours that no person needs to read of themselves: keys, marks of the engine
_TECHNICAL = re.compile(
    r"(_uid|_salt|_digest|_hash)$|^(id|hash|seal|digest|key|display_name)$"
    r"|^(previous_hash|fingerprint|position|chain_id)$"
)


def mentioned(email):
    """A pattern for an address that is no part of a longer one."""
    return re.compile(rf"(?<![\w.%+-]){re.escape(email)}(?![\w-]|\.\w)", re.IGNORECASE)


class NewsletterPersonalData(models.AbstractModel):
    _name = "newsletter.personal.data"
    _description = "Personal Data in Newsletters"

    @api.model
    def _addresses(self, emails, company, whole_person=True):
        """These addresses and, if wished, all others of the same person.

        What the tools call the person by (a change of address that is under way) is
        among them.
        """
        emails = set(emails)
        # sudo: the whole person is meant, as with a leaving
        everything = self.sudo().env
        if whole_person:
            persons = everything["newsletter.leaving"]._persons(emails)
            emails |= persons._newsletter_addresses()
        members = self._records("newsletter.member", emails, company)
        emails.update(filter(None, members.mapped("remote_email")))
        return sorted(emails)

    @api.model
    def _records(self, name, emails, company):
        """The records of one place that are about one of the addresses.

        Of records without a company, or of the given one; also the archived.

        :return: with ``sudo``: callers have checked that the user may ask
        """
        place = next(each for each in PLACES if each.model == name)
        # sudo: the privacy group asks about a person, wherever the data lie
        records = self.env[name].sudo().with_context(active_test=False)
        emails = list(emails)
        who = Domain.OR(
            [Domain(path, "in", emails) for path in place.address]
            + [self._mention_domain(place, email) for email in emails]
        )
        if place.member and emails:
            members = self._records("newsletter.member", emails, company)
            who |= Domain(place.member, "in", members.ids)
        domain = who & self._company_domain(place, company)
        found = records.search(domain) if emails else records
        if place.mentions:
            patterns = [mentioned(email) for email in emails]
            found = found.filtered(
                lambda record: self._is_about(record, place, emails, patterns)
            )
        return found

    @api.model
    def _mention_domain(self, place, email):
        escaped = re.sub(r"([\\%_])", r"\\\1", email)
        fields = self.env[place.model]._fields
        return Domain.OR(
            [
                Domain(name, "ilike", escaped)
                for name in place.mentions
                if fields[name].type != "json"
            ]
            + [
                self._json_domain(place.model, name, f"%{escaped}%")
                for name in place.mentions
                if fields[name].type == "json"
            ]
        )

    @api.model
    def _json_domain(self, model, name, pattern):
        """A JSON field of which the text contains something."""
        self.env[model].flush_model([name])
        return Domain.custom(
            to_sql=lambda records, alias, query: SQL(
                "%s::text ILIKE %s", SQL.identifier(alias, name), pattern
            )
        )

    @api.model
    def _is_about(self, record, place, emails, patterns):
        """Whether a record that mentions something alike is about the person at all."""
        if any(set(record.mapped(path)) & set(emails) for path in place.address):
            return True
        texts = [str(record[name]) for name in place.mentions if record[name]]
        return any(pattern.search(text) for pattern in patterns for text in texts)

    @api.model
    def _company_domain(self, place, company):
        if not place.company:
            return Domain.TRUE
        return Domain(place.company, "in", [False, company.id])

    @api.model
    def _count(self, emails, company):
        """{model: number of records} of all places where there is something."""
        counted = {
            place.model: len(self._records(place.model, emails, company))
            for place in PLACES
        }
        return {name: number for name, number in counted.items() if number}

    @api.model
    def _title(self, name):
        """What a place is called, in the user's language."""
        return self.env["ir.model"]._get(name).name

    @api.model
    def _shown_fields(self, place):
        """The fields of a place that a person is told of themselves."""
        model = self.env[place.model]
        if place.shown:
            return [name for name in place.shown if name in model._fields]
        return [
            name
            for name, field in model._fields.items()
            if field.store
            and field.type not in ("binary", "one2many")
            and not _TECHNICAL.search(name)
        ]

    @api.model
    def _masked(self, emails):
        """The addresses with their owner hidden, in one text."""
        return ", ".join(masked(email) for email in emails)
