"""Load what both sides of a person say, a slice of people in few queries."""

from odoo import models

from ..sync.address import parse
from ..sync.reconcile_records import Base, Side
from ..sync.vocabulary import Status
from .newsletter_push import aware

#: statuses that the tool reports and the subscription cannot express
_REPORTED = ("pending", "hard_bounce", "soft_bounce", "general_bounce")


class Case:
    """One person: the records on this side, what the tool said, and the outcome."""

    __slots__ = (
        *("member", "fetched", "contact", "partner", "lead", "subscription"),
        *("email", "local", "remote", "outcome"),
    )

    @property
    def record(self):
        """Whose values count: the contact's, else the lead's, else the reader's."""
        return self.partner or self.lead or self.contact


class NewsletterReconcile(models.AbstractModel):
    _inherit = "newsletter.reconcile"

    def _load(self, run, coupling, candidates):
        """The records behind the candidates, in few queries."""
        members = self.env["newsletter.member"].browse(
            [c.member_id for c in candidates if c.member_id]
        )
        members = {member.id: member for member in members.exists()}
        fetched = self.env["newsletter.fetched"].browse(
            [c.fetched_id for c in candidates if c.fetched_id]
        )
        fetched = {row.id: row for row in fetched.exists()}
        subscribed = self.env["mailing.contact"].browse(
            [c.contact_id for c in candidates if c.contact_id]
        )
        subscribed = {contact.id: contact for contact in subscribed.exists()}
        addresses = {
            *(row.email for row in fetched.values()),
            *(contact.email_normalized for contact in subscribed.values()),
        }
        known = self._known(coupling, addresses)
        staged = self._staged(run, members.values(), addresses)
        strangers = {row.email for row in fetched.values() if row.email}
        # and those who were strangers when they were met: they may be known by now
        strangers |= {
            member.email
            for member in members.values()
            if not (member.contact_id or member.partner_id or member.lead_id)
        }
        readers = self._by_email(coupling, strangers)
        partners = self._partners(strangers)
        cases, seen = [], set()
        for candidate in candidates:
            case = Case()
            contact = subscribed.get(candidate.contact_id, self.env["mailing.contact"])
            row = fetched.get(candidate.fetched_id, self.env["newsletter.fetched"])
            email = row.email or contact.email_normalized
            case.member = members.get(candidate.member_id) or known.get(
                email, self.env["newsletter.member"]
            )
            case.fetched = (
                row
                or staged.get(case.member.remote_id)
                or staged.get(email or case.member.email)
                or row
            )
            # found on several ways, decided about once
            key = case.member.id or email or contact.id
            if key in seen:
                continue
            seen.add(key)
            case.contact = case.member.contact_id or contact
            case.partner = case.member.partner_id
            case.lead = case.member.lead_id
            if not (case.contact or case.partner or case.lead):
                email = case.fetched.email or case.member.email
                case.contact = readers.get(email, self.env["mailing.contact"])
                case.partner = partners.get(email, self.env["res.partner"])
            if case.member or case.fetched or case.contact:
                cases.append(case)
        return cases

    def _staged(self, run, members, addresses):
        """{recipient id and address: stage row}: who changed here was read as well."""
        ids = [member.remote_id for member in members if member.remote_id]
        emails = [email for email in addresses if email]
        rows = self.env["newsletter.fetched"].search(
            [
                ("run_id", "=", run.id),
                "|",
                ("remote_id", "in", ids),
                ("email", "in", emails),
            ]
        )
        return {
            **{row.email: row for row in rows},
            **{row.remote_id: row for row in rows},
        }

    def _known(self, coupling, emails):
        """{address: member} of the coupling."""
        members = self.env["newsletter.member"].search(
            [
                ("coupling_id", "=", coupling.id),
                ("email", "in", [email for email in emails if email]),
            ]
        )
        return {member.email: member for member in members}

    def _by_email(self, coupling, emails):
        """{address: mailing contact}; who is on the list goes before who is not."""
        found = {}
        contacts = self.env["mailing.contact"].search(
            [("email_normalized", "in", list(emails))], order="id desc"
        )
        on_list = contacts.filtered(
            lambda each: coupling.mailing_list_id in each.list_ids
        )
        for contact in (*(contacts - on_list), *on_list):
            found[contact.email_normalized] = contact
        return found

    def _partners(self, emails):
        """{address: contact}; of several the one with the lowest id."""
        partners = self.env["res.partner"].search(
            [("email_normalized", "in", list(emails))], order="id desc"
        )
        return {partner.email_normalized: partner for partner in partners}

    def _read_sides(self, coupling, cases, mappings, whole):
        subscriptions = {}
        if coupling.mailing_list_id:
            contacts = [case.contact.id for case in cases if case.contact]
            found = self.env["mailing.subscription"].search(
                [
                    ("list_id", "=", coupling.mailing_list_id.id),
                    ("contact_id", "in", contacts),
                ]
            )
            subscriptions = {each.contact_id.id: each for each in found}
        values = {}
        for name in ("res.partner", "crm.lead", "mailing.contact"):
            records = self.env[name].union(
                *(case.record for case in cases if case.record._name == name)
            )
            read = mappings._read_values(records)
            values |= {(name, key): each for key, each in read.items()}
        for case in cases:
            record = case.record
            case.subscription = subscriptions.get(
                case.contact.id, self.env["mailing.subscription"]
            )
            case.local = self._local_side(
                coupling, case, values.get((record._name, record.id), {})
            )
            case.remote = self._remote_side(case, whole)
            case.email = case.local.email or case.remote.email

    def _local_side(self, coupling, case, values):
        member, record = case.member, case.record
        email = ""
        if record:
            address = parse(record[record._newsletter_email_field()])
            email = address.email or ""
        status, at = self._local_status(coupling, case)
        return Side(
            status=status,
            status_at=aware(at),
            email=email or (member.email if not record else ""),
            values=values,
            changed_at=aware(record.write_date) if record else None,
            known=bool(record),
        )

    def _local_status(self, coupling, case):
        """The subscription says it; what only the tool knows is on the member."""
        member, subscription = case.member, case.subscription
        if not coupling.mailing_list_id:
            status = member.local_status or member.remote_status
            return (Status(status) if status else None), member.local_status_at
        if not subscription:
            return None, None
        if subscription.opt_out:
            return Status.UNSUBSCRIBED, subscription.opt_out_datetime
        at = member.local_status_at or subscription.create_date
        if member.local_status in _REPORTED:
            return Status(member.local_status), at
        return Status.SUBSCRIBED, at

    def _remote_side(self, case, whole):
        """What was fetched just now, else what is remembered of the tool's side.

        Who is not in a list that was read as a whole is gone.
        """
        row, member = case.fetched, case.member
        if row and not row.status:  # looked for and not there
            return Side()
        if row:
            return Side(
                status=Status(row.status),
                status_at=aware(row.status_at),
                email=row.email or "",
                values=row.values or {},
                changed_at=aware(row.changed_at),
                known=True,
            )
        if whole or not member.remote_id or not member.remote_status:
            return Side()
        return Side(
            status=Status(member.remote_status),
            status_at=aware(member.remote_status_at),
            email=member.remote_email or member.email,
            values=member.remote_values or member.base_values or {},
            known=True,
        )

    def _base(self, case):
        member = case.member
        agreed = member.base_status
        # whom a push brought to the tool was never on a list that is coupled later
        by_hand = not member.coupling_id.mailing_list_id
        if not agreed and by_hand and member.result == "success":
            agreed = member.remote_status
        if not agreed and not member.base_values:
            return None
        return Base(
            status=Status(agreed) if agreed else None,
            email=member.email,
            values=member.base_values or {},
            at=aware(member.synced_at),
        )
