"""Put people on a mailing list: nobody twice, nobody who left (C12, C14, C15, C22)."""

from collections import namedtuple

from odoo import Command, api, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Datetime
from odoo.tools import SQL
from odoo.tools.misc import clean_context
from odoo.tools.translate import LazyTranslate

from ..sync.address import parse

_lt = LazyTranslate(__name__)

#: what became of somebody -> in a clerk's words
OUTCOMES = {
    "added": _lt("Added"),
    "known": _lt("Is on the list already"),
    "twice": _lt("Has the same address as somebody else of the selection"),
    "no_address": _lt("Has no e-mail address"),
    "invalid": _lt("The e-mail address is not valid"),
    "no_mailing": _lt("The address is marked with [NO MAILING]"),
    "archived": _lt("Is archived; restore the record first"),
    "left": _lt("Has left this list; only a new consent brings the person back"),
    "withdrawn": _lt("Has withdrawn the consent; only a new one brings them back"),
    "unwanted": _lt("Wants no e-mails"),
    "blocklisted": _lt("Is on the blocklist"),
    "buried": _lt("Was deleted or taken off; only a new consent brings them back"),
}

#: ``what`` of ``newsletter.list.people`` -> key of ``OUTCOMES``, where it is another
_CODES = {"opted_out": "left", "forgotten": "buried"}

#: ``record``: contact, lead or mailing contact; ``address``: as typed; ``email``:
#: normalised; ``code``: a key of ``OUTCOMES``, "" for whoever can be added
Place = namedtuple("Place", "record address email code")

#: people whose task is set in the same transaction; of more a run does it, in slices
MOST_TASKS = 2000


class NewsletterAssignment(models.Model):
    _inherit = "newsletter.assignment"

    # --- who can be added -------------------------------------------------------------
    @api.model
    def _sort_out(self, people, mailing_list):
        """Who of the people can be put on the list, and why the others cannot.

        :param people: pairs of a record and an address, "" for the record's own
        :return: a ``Place`` for each pair, in their order
        """
        places, seen = [], set()
        for record, address in people:
            typed = address or record[record._newsletter_email_field()] or ""
            parsed = parse(typed)
            code = ""
            if "active" in record and not record.active:
                code = "archived"
            elif parsed.problem in ("invalid", "no_mailing"):
                code = parsed.problem
            elif not parsed.email:
                code = "no_address"
            elif parsed.email in seen:
                code = "twice"
            else:
                seen.add(parsed.email)
            places.append(Place(record, typed, parsed.email, code))
        refused = self._refused(seen, mailing_list)
        return [
            place if place.code else place._replace(code=refused.get(place.email, ""))
            for place in places
        ]

    @api.model
    def _refused(self, emails, mailing_list):
        """{address: why it cannot be put on the list}, by the rules that hold for a
        filter; a few queries for all."""
        if not emails:
            return {}
        self.env["newsletter.list.people"]._gather(
            mailing_list,
            self.env.company,
            SQL(
                """
                SELECT email, email AS raw, NULL::text AS name,
                       NULL::text AS company_name, NULL::int AS country_id, 0 AS res_id
                  FROM unnest(%s::text[]) AS email
                """,
                list(emails),
            ),
        )
        rows = self.env.execute_query(
            SQL("SELECT email, what FROM newsletter_joining WHERE what <> 'new'")
        )
        return {email: _CODES.get(what, what) for email, what in rows}

    @api.model
    def _refuse(self, place, mailing_list):
        """:raises UserError: says who is not put on the list, and why"""
        raise UserError(
            self.env._(
                "%(person)s (%(address)s) is not added to “%(list)s”: %(why)s.",
                person=place.record.display_name,
                address=place.address or self.env._("no address"),
                list=mailing_list.name,
                why=self.env._(OUTCOMES[place.code]),
            )
        )

    # --- adding -----------------------------------------------------------------------
    @api.model
    def _add(self, people, mailing_list, activities=None):
        """Put people on a list, each with the task that the couplings give by default.

        :param people: see ``_sort_out``
        :param activities: ``newsletter.processing.activity`` records of the assignments
        :return: a ``Place`` for each pair, with the code "added" for whoever was
        :raises UserError: the list has ended or is archived
        """
        self.env["newsletter.list.people"]._check_open(mailing_list)
        places = self._sort_out(people, mailing_list)
        new = [place for place in places if not place.code]
        contacts = self._readers(new)
        self.env["mailing.subscription"].create(
            [
                {
                    "contact_id": contacts[place.email].id,
                    "list_id": mailing_list.id,
                    "newsletter_activity_ids": [
                        Command.set(activities.ids if activities else [])
                    ],
                }
                for place in new
            ]
        )
        self._remember_assignments(new, contacts, mailing_list)
        return [
            place if place.code else place._replace(code="added") for place in places
        ]

    @api.model
    def _readers(self, places):
        """{address: mailing contact}, made where there is none."""
        found = {
            place.email: place.record
            for place in places
            if place.record._name == "mailing.contact"
            and place.record.email_normalized == place.email
        }
        contacts = self.env["mailing.contact"]
        missing = [place for place in places if place.email not in found]
        for contact in contacts.search(
            [("email_normalized", "in", [place.email for place in missing])],
            order="id desc",
        ):
            found[contact.email_normalized] = contact
        strangers = [place for place in missing if place.email not in found]
        # nobody wants to read a thousand times that a contact was created
        quiet = contacts.with_context(
            **clean_context(self.env.context), tracking_disable=True
        )
        created = quiet.create([self._reader_values(place) for place in strangers])
        for place, contact in zip(strangers, created, strict=True):
            found[place.email] = contact.with_env(self.env)
        return found

    @api.model
    def _reader_values(self, place):
        source = place.record._newsletter_source()
        name = "" if source.get("is_company") else source.get("name")
        country = "country_id" in place.record and place.record.country_id
        return {
            "name": name or source.get("company") or place.email,
            "company_name": source.get("company") or False,
            "email": place.email,
            "country_id": country.id if country else False,
        }

    # --- the couplings of the list ----------------------------------------------------
    @api.model
    def _remember_assignments(self, places, contacts, mailing_list):
        """Members of the couplings, with the task of a new assignment (C22)."""
        # sudo: members are written by code only; that these people may be put on the
        # list was checked with the subscription
        couplings = mailing_list.sudo().newsletter_coupling_ids
        for coupling in couplings.filtered(lambda each: each.state != "ended"):
            members = self._members(places, contacts, coupling)
            if coupling.direction == "to_odoo":
                continue
            # who may not be transmitted stays without a task; the review says why
            if len(members) <= MOST_TASKS:
                self.env["newsletter.review"].sudo()._apply(
                    members, {"kind": "task", "task": coupling._joining_task()}
                )
            else:
                # sudo: couplings of all companies, as above
                self.env["newsletter.run"].sudo()._queue_joining(
                    coupling, [["id", "in", members.ids]]
                )

    @api.model
    def _members(self, places, contacts, coupling):
        members = self.env["newsletter.member"].sudo()
        emails = [place.email for place in places]
        known = members.search(
            [("coupling_id", "=", coupling.id), ("email", "in", emails)]
        )
        status = {
            "local_status": "subscribed",
            "local_status_at": Datetime.now(),
            "local_status_by": self.env.user.name,
        }
        for member in known:
            # the person was in the tool only, or pushed by hand
            member.write({**status, "contact_id": contacts[member.email].id})
        held = set(known.mapped("email"))
        return known | members.create(
            [
                {
                    **status,
                    "coupling_id": coupling.id,
                    "email": place.email,
                    "name": place.record.display_name,
                    "contact_id": contacts[place.email].id,
                    "result": "not_in_tool",
                    **self._links(place, coupling),
                }
                for place in places
                if place.email not in held
            ]
        )

    @api.model
    def _links(self, place, coupling):
        """The contact or lead behind a member: the one that has the address itself."""
        record = place.record
        if record._name == "mailing.contact":
            return {}
        if record._name == "res.partner" and record.email_normalized != place.email:
            # sudo: see _newsletter_person_addresses
            further = record.sudo()._newsletter_same_person().sorted("id")
            record = further.filtered(lambda p: p.email_normalized == place.email)[:1]
        if record.email_normalized != place.email:
            return {}
        company = record.company_id
        if company and company != coupling.company_id:
            return {}
        return {self.env["newsletter.member"]._record_field(record._name): record.id}


class MailingSubscription(models.Model):
    _inherit = "mailing.subscription"

    @api.model_create_multi
    def create(self, vals_list):
        rows = super().create(vals_list)
        rows._check_once_on_a_list()
        return rows

    def write(self, vals):
        result = super().write(vals)
        if {"contact_id", "list_id"} & set(vals):
            self._check_once_on_a_list()
        return result

    def _check_once_on_a_list(self):
        """The same address is one participant, whatever the number of its contacts.

        No constraint: the engine, which chooses one of several contacts by itself,
        could not be told apart from a person there.

        :raises ValidationError: names the address and the list
        """
        if self.env.su or not self:
            return
        self.env.flush_all()
        twice = self.env.execute_query(
            SQL(
                """
                SELECT contact.email_normalized, list.name
                  FROM mailing_subscription mine
                  JOIN mailing_contact contact ON contact.id = mine.contact_id
                  JOIN mailing_list list ON list.id = mine.list_id
                  JOIN mailing_contact other
                    ON other.email_normalized = contact.email_normalized
                   AND other.id <> contact.id
                  JOIN mailing_subscription subscribed
                    ON subscribed.contact_id = other.id
                   AND subscribed.list_id = mine.list_id
                 WHERE mine.id = ANY(%s)
                 LIMIT 1
                """,
                self.ids,
            )
        )
        for email, name in twice:
            raise ValidationError(
                self.env._(
                    "%(email)s is on the list “%(list)s” already, by another mailing "
                    "contact. One participant is never twice on a list: use that "
                    "contact.",
                    email=email,
                    list=name,
                )
            )
