"""The push: from a selection of records to people in the tool, with a reason for each.

This file decides who may go and remembers what became of them; the order of the work
stands in ``newsletter_push_steps``, speaking in the connectors, the rules in ``sync``.
"""

from datetime import timezone

from odoo import api, models

from ..sync import eligibility
from ..sync.address import parse
from ..sync.consent import Basis
from ..sync.values import digest, same
from ..sync.vocabulary import Consent, Status

#: bounced without saying how counts as hard: the tool has given the address up, too
UNDELIVERABLE = (Status.HARD_BOUNCE.value, Status.GENERAL_BOUNCE.value)


def aware(moment):
    """Odoo keeps naive UTC, everything below the models aware UTC."""
    return moment.replace(tzinfo=timezone.utc) if moment else None


def naive(moment):
    """Back through the ORM's door; the ORM keeps whole seconds."""
    if not moment:
        return False
    if moment.tzinfo is not timezone.utc:
        moment = moment.astimezone(timezone.utc)
    return moment.replace(tzinfo=None, microsecond=0)


class NewsletterPush(models.AbstractModel):
    _name = "newsletter.push"
    _description = "Newsletter Push"

    # --- who is selected ---------------------------------------------------------
    @api.model
    def _sources(self, records):
        """{selected id: record whose names are sent}; consents lend them from a person.

        A consent belongs to an address: the contact with that address (the lowest id),
        else the mailing contact, else the lead.
        """
        if records._name != "newsletter.consent":
            return {record.id: record for record in records}
        found = {}
        emails = records.mapped("email")
        for model in ("crm.lead", "mailing.contact", "res.partner"):
            people = self.env[model].search(
                [("email_normalized", "in", emails)], order="id desc"
            )
            found.update({person.email_normalized: person for person in people})
        return {consent.id: found.get(consent.email) for consent in records}

    @api.model
    def _collect(self, run, records):
        """Make one line for each record, decided as far as Odoo alone can know."""
        email_field = (
            "email"
            if records._name == "newsletter.consent"
            else records._newsletter_email_field()
        )
        addresses = {record.id: parse(record[email_field]) for record in records}
        emails = {address.email for address in addresses.values() if address.email}
        shared = self._push_facts(run, emails)
        taken = self._addresses_taken(run, emails)
        mappings = self.env["newsletter.field.mapping"]._of_connection(
            run.connection_id, run.coupling_id
        )
        sources = self._sources(records)
        values = self._values(mappings, sources.values())
        options = eligibility.Options(include_single=run.include_single)
        lines = []
        for record in records:
            address = addresses[record.id]
            source = sources[record.id]
            facts = eligibility.Facts(
                address_problem=address.problem,
                active=self._is_active(record),
                duplicate=address.email in taken,
                **shared.get(address.email, self._no_facts()),
            )
            reason = eligibility.decide(facts, options)
            if not reason:
                taken.add(address.email)
            lines.append(
                {
                    "run_id": run.id,
                    # told, lest it be computed by an update of every line
                    "company_id": run.company_id.id,
                    "res_model": record._name,
                    "res_id": record.id,
                    "name": (source or record).display_name,
                    "email": address.email,
                    "raw_email": record[email_field],
                    "consent": facts.consent.value,
                    "plan": "skip" if reason else "unknown",
                    "result": "skipped" if reason else "waiting",
                    "reason": reason.value if reason else False,
                    "values": values.get(source, {}),
                    "digest": digest(values.get(source, {})),
                    **self._person_link(source),
                }
            )
        created = self.env["newsletter.run.line"].create(lines)
        self._compare_with_members(run, created)
        self._log_skipped(run, created)
        return created

    @api.model
    def _person_link(self, source):
        """The link to the contact, mailing contact or lead that is transmitted."""
        field = source and self.env["newsletter.member"]._record_field(source._name)
        return {field: source.id} if field else {}

    @api.model
    def _values(self, mappings, sources):
        """{source record: {mapping id as text: value}}."""
        by_model = {}
        for source in sources:
            if source:
                by_model.setdefault(source._name, source.browse())
                by_model[source._name] |= source
        result = {}
        for records in by_model.values():
            for kind, alike in mappings._by_kind(records).items():
                read = mappings._for_kind(kind)._sending()._read_values(alike)
                result.update({record: read[record.id] for record in alike})
        return result

    @api.model
    def _is_active(self, record):
        return record._name == "newsletter.consent" or (
            "active" not in record._fields or record.active
        )

    @api.model
    def _addresses_taken(self, run, emails):
        """Addresses that an earlier record of this run is transmitted with."""
        return set(
            self.env["newsletter.run.line"]
            .search(
                [
                    ("run_id", "=", run.id),
                    ("email", "in", list(emails)),
                    ("plan", "!=", "skip"),
                ]
            )
            .mapped("email")
        )

    # --- what protects a person ----------------------------------------------------
    @api.model
    def _no_facts(self):
        return {
            "blocklisted": False,
            "unwanted": False,
            "forgotten": False,
            "consent": Consent.NONE,
            "basis": Basis.NONE,
            "aged": False,
            "of_list": False,
            "left": False,
            "left_at": None,
        }

    @api.model
    def _shared_facts(self, run, emails, remote=None):
        """{address: facts} that hold for an address, whoever of its owners is selected.

        :param remote: {address: RemoteMember} as read just now, instead of our memory
        """
        emails = [email for email in emails if email]
        facts = self._protecting_facts(emails, run.coupling_id)
        self._add_list_facts(run, emails, facts)
        self._add_leavings(run, emails, facts)
        self._add_remote_facts(run, emails, facts, remote)
        return facts

    @api.model
    def _add_list_facts(self, run, emails, facts):
        """Who has left the coupled mailing list in Odoo, and when."""
        mailing_list = run.coupling_id.mailing_list_id
        if not mailing_list:
            return
        # sudo: see _shared_facts
        opted_out = (
            self.env["mailing.subscription"]
            .sudo()
            .search(
                [
                    ("list_id", "=", mailing_list.id),
                    ("contact_id.email_normalized", "in", emails),
                    ("opt_out", "=", True),
                ]
            )
        )
        for subscription in opted_out:
            email = subscription.contact_id.email_normalized
            self._note_left(facts[email], aware(subscription.opt_out_datetime))

    @api.model
    def _add_remote_facts(self, run, emails, facts, remote):
        """What the tool says of them, in the terms of the decision."""
        if remote is None:
            # of a thousand people only the few are read about whom it says something
            told = ("unsubscribed", "blocked", *UNDELIVERABLE)
            members = self._members(run, emails, [("remote_status", "in", told)])
            said = {
                member.email: (member.remote_status, aware(member.remote_status_at))
                for member in members
            }
        else:
            said = {
                email: (member.status.value, member.status_at)
                for email, member in remote.items()
            }
        for email, (status, at) in said.items():
            if email not in facts:
                continue
            if status in (Status.UNSUBSCRIBED.value, Status.BLOCKED.value):
                self._note_left(facts[email], at)
            if status in UNDELIVERABLE:
                facts[email]["hard_bounce"] = True

    @api.model
    def _note_left(self, facts, at):
        """Somebody left; of several leavings the latest counts, an undated one most."""
        if facts["left"] and at:
            at = facts["left_at"] and max(at, facts["left_at"])
        facts.update(left=True, left_at=at)

    @api.model
    def _members(self, run, emails, more=()):
        # sudo: the memory of the synchronisation, read for the decision
        return (
            self.env["newsletter.member"]
            .sudo()
            .search(
                [
                    ("coupling_id", "=", run.coupling_id.id),
                    ("email", "in", list(emails)),
                    *more,
                ]
            )
        )

    # --- new, updated or unchanged ---------------------------------------------------
    @api.model
    def _compare_with_members(self, run, lines):
        """Decide from memory, without any call, what is known already."""
        waiting = lines.filtered(lambda line: line.result == "waiting")
        members = {
            member.email: member
            for member in self._members(run, waiting.mapped("email"))
            if member.remote_id
        }
        for line in waiting:
            member = members.get(line.email)
            if member:
                line.write(
                    {
                        "remote_id": member.remote_id,
                        "remote_status": member.remote_status,
                        "remote_status_at": member.remote_status_at,
                        **self._plan_known(run, member.base_digest == line.digest),
                    }
                )

    @api.model
    def _plan_known(self, run, equal):
        """The plan for somebody who is in the tool."""
        if equal:
            return {"plan": "unchanged"}
        if not run.update_existing:
            return {"plan": "skip", "result": "skipped", "reason": "existing"}
        return {"plan": "update"}

    @api.model
    def _meet(self, run, lines, remote_members):
        """Compare lines with what the tool really holds.

        :param remote_members: {address: RemoteMember} of those lines that were found
        """
        names = self._remote_names(run)
        found = lines.filtered(lambda line: line.email in remote_members)
        shared = self._push_facts(run, found.mapped("email"), remote_members)
        options = eligibility.Options(include_single=run.include_single)
        for line in found:
            remote = remote_members[line.email]
            facts = shared[line.email]
            reason = eligibility.decide(
                eligibility.Facts(address_problem=None, active=True, **facts), options
            )
            values = {
                "seen": True,
                "remote_id": remote.remote_id,
                "remote_status": remote.status.value,
                "remote_status_at": naive(remote.status_at),
            }
            if reason:
                values.update(plan="skip", result="skipped", reason=reason.value)
            else:
                equal = self._equal(run, line, remote, names)
                values.update(self._plan_known(run, equal))
            line.write(values)
        self._remember(run, found)
        return found

    @api.model
    def _absent(self, run, lines):
        """Lines whose address is not in the tool: new, unless they were there before.

        Who was there and is gone was removed in the tool; that is a leaving, and a push
        never brings anybody back.
        """
        members = {member.email for member in self._members(run, lines.mapped("email"))}
        back = lines.filtered(lambda line: line.email in members)
        back.write({"plan": "skip", "result": "skipped", "reason": "left_list"})
        (lines - back).write({"plan": "new"})

    @api.model
    def _remote_names(self, run):
        """The attributes of the tool that are sent, see ``_sent_names``."""
        mappings = self.env["newsletter.field.mapping"]._of_connection(
            run.connection_id, run.coupling_id
        )
        return mappings._sent_names()

    @api.model
    def _holds(self, line, remote, names):
        """Whether the tool holds the values of a line, as far as it has the fields."""
        names = names[line._kind()]
        return all(
            same(value, remote.values.get(names[key]))
            for key, value in (line.values or {}).items()
            if key in names
        )

    @api.model
    def _equal(self, run, line, remote, names):
        """Whether there is nothing to send: a field still to be created counts."""
        known = names[line._kind()]
        created = run.create_fields and any(
            value for key, value in (line.values or {}).items() if key not in known
        )
        return not created and self._holds(line, remote, names)

    @api.model
    def _still_eligible(self, run, lines):
        """Leave out who may not be sent any more since the preview, and say why."""
        shared = self._push_facts(run, lines.mapped("email"))
        options = eligibility.Options(include_single=run.include_single)
        existing = {
            record.id: record
            for record in self.env[run.res_model]
            .browse(lines.mapped("res_id"))
            .exists()
        }
        fit = lines.browse()
        for line in lines:
            record = existing.get(line.res_id)
            reason = self._changed(run, line, record) or eligibility.decide(
                eligibility.Facts(
                    address_problem=None,
                    active=self._is_active(record),
                    **shared[line.email],
                ),
                options,
            )
            if reason:
                reason = getattr(reason, "value", reason)
                line.write({"plan": "skip", "result": "skipped", "reason": reason})
            else:
                fit |= line
        left_out = lines - fit
        self._log_lines(run, left_out, "left_out", self.env._("Left out: %s"), "reason")
        return fit

    @api.model
    def _changed(self, run, line, record):
        """Whether the approved line still speaks of the same address."""
        if not record:
            return "gone"
        if record._name == "newsletter.consent":
            return None
        address = parse(record[record._newsletter_email_field()])
        return None if address.email == line.email else "changed"
