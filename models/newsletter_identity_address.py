"""Another address of the same person: rows O01 to O07, design rule 5.

The comparison finds out who changed it (``sync.reconcile_fields.address``); this file
brings the rest of Odoo along and warns where a person changes one.
"""

from odoo import api, models
from odoo.tools import SQL

from ..sync.address import parse
from ..sync.eligibility import Facts, Options
from ..sync.reconcile_records import Task
from ..sync.transmission import Decided, barred


class NewsletterReconcile(models.AbstractModel):
    _inherit = "newsletter.reconcile"

    def _read_sides(self, coupling, cases, mappings, whole):
        """Whose login would go along with an address, and whose the tool is told, is
        found before it is decided."""
        result = super()._read_sides(coupling, cases, mappings, whole)
        moved = [
            case for case in cases if case.remote.email not in ("", case.local.email)
        ]
        if moved:
            self._find_guarded([case for case in moved if case.partner])
            self._find_movable(coupling, moved)
        return result

    def _find_guarded(self, cases):
        self.env.cr.execute(
            SQL(
                "SELECT partner_id FROM res_users"
                " WHERE active AND partner_id = ANY(%s)",
                [case.partner.id for case in cases],
            )
        )
        users = {partner_id for (partner_id,) in self.env.cr.fetchall()}
        for case in cases:
            case.guarded = case.partner.id in users

    def _find_movable(self, coupling, cases):
        """Whose address the tool gets, for all that is known, without being asked.

        Not where that waits for an approval, was given up after several tries, or would
        be left out by the transmission, whose own questions are asked here: another
        member has the address, or something stands against it.
        """
        if "change_address" not in coupling._tasks_by_itself():
            return
        cases = [case for case in cases if case.local.email]
        emails = {case.local.email for case in cases}
        held = self._members_by_email(coupling, emails)
        run = self.env["newsletter.run"].new(
            {
                "coupling_id": coupling.id,
                "connection_id": coupling.connection_id.id,
                "company_id": coupling.company_id.id,
            }
        )
        facts = self.env["newsletter.push"]._shared_facts(run, emails)
        buried = self.env["newsletter.tombstone"]._known(
            emails, coupling.company_id, coupling
        )
        for case in cases:
            email = case.local.email
            other = held.get(email)
            taken = other and other.id != case.member.id
            known = {**facts[email], "forgotten": email in buried}
            bar = barred(
                Task.CHANGE_ADDRESS,
                Facts(address_problem=None, active=True, **known),
                Decided(),
                Options(),
            )
            case.movable = not (taken or case.member.parked or bar)


class NewsletterCoupling(models.Model):
    _inherit = "newsletter.coupling"

    def write(self, vals):
        """Who was to get another address by itself may have to be signed off instead.

        Such a sign-off waits for no approval, but the change of an address does now.
        """
        result = super().write(vals)
        if {"automation", "mailing_list_id"} & vals.keys():
            # sudo: members are the engine's, whoever may change a coupling
            members = self.env["newsletter.member"].sudo()
            self.env["newsletter.change"]._note(
                members.search(
                    [
                        ("coupling_id", "in", self.ids),
                        ("task", "=", "change_address"),
                    ]
                )
            )
        return result


class NewsletterTransmit(models.AbstractModel):
    _inherit = "newsletter.transmit"

    @api.model
    def _kept(self, run, rows):
        """The tool has the new address: the person's mailing contact gets it, too.

        Else Odoo's own mailings would still go to the former one.
        """
        result = super()._kept(run, rows)
        moved = {
            row.member_id: row
            for row in rows
            if row.plan == "change_address" and row.result == "moved"
        }
        members = self.env["newsletter.member"].browse(moved)
        # sudo: the change was approved, whoever may see the mailing contact
        for member in members.sudo():
            row, contact = moved[member.id], member.contact_id
            if contact.email_normalized == row.email:
                contact.email = row.new_email
        self._decide_otherwise(
            run,
            [
                row.member_id
                for row in rows
                if row.plan == "change_address" and row.result == "failed"
            ],
        )
        return result

    def _fit(self, run, found):
        """A move that is left out, as another member has the address, stays undone."""
        fit = super()._fit(run, found)
        sent = {row.member_id for row in fit}
        self._decide_otherwise(
            run,
            [
                member
                for _line, member, _tries in found
                if member and member not in sent
            ],
        )
        return fit

    def _decide_otherwise(self, run, member_ids):
        """Decide anew about moves that are not carried out: where the tool must not
        mail the former address, it is told so by itself instead."""
        kept = self.env["newsletter.member"].search(
            [("id", "in", member_ids), ("task", "=", "change_address")]
        )
        self._look_again(run, kept, every=True)


class NewsletterRecipient(models.AbstractModel):
    _inherit = "newsletter.recipient"

    def _newsletter_address_warning(self):
        """A warning for the form, if the address of a list member is edited (O07).

        :return: what an onchange answers, None where nobody is concerned
        """
        origin = self._origin
        name = self._newsletter_email_field()
        former = origin.email_normalized if origin.id else False
        new = parse(self[name]).email
        if not former or former == new:
            return None
        # sudo: whoever edits contacts may know nothing of members
        members = (
            self.env["newsletter.member"]
            ._of_records(origin)
            .filtered(lambda member: member.company_id in self.env.companies)
        )
        members |= self._newsletter_unlinked(former)
        if not members:
            return None
        lists = ", ".join(sorted(set(members.coupling_id.mapped("display_name"))))
        lines = [
            self.env._(
                "%(email)s is on these lists: %(lists)s.", email=former, lists=lists
            )
        ]
        lines += self._newsletter_address_advice(members, new)
        return {
            "warning": {
                "title": self.env._("The address is used by a newsletter"),
                "message": "\n\n".join(lines),
            }
        }

    @api.model
    def _newsletter_unlinked(self, emails):
        """Members with an address that no contact or lead stands behind."""
        emails = [emails] if isinstance(emails, str) else list(emails)
        # sudo: see _newsletter_address_warning
        return (
            self.env["newsletter.member"]
            .sudo()
            .search(
                [
                    ("email", "in", emails),
                    ("partner_id", "=", False),
                    ("lead_id", "=", False),
                    ("contact_id", "!=", False),
                    ("company_id", "in", self.env.companies.ids),
                ]
            )
        )

    def _newsletter_address_advice(self, members, new):
        """What follows from the new address, in a clerk's words."""
        if not new:
            return [
                self.env._(
                    "Without a valid address the newsletter tool keeps the former one. "
                    "To end the subscription, unsubscribe the person instead."
                )
            ]
        alone = members.filtered(lambda m: not (m.partner_id or m.lead_id))
        if alone and self._name != "mailing.contact":
            lines = [
                self.env._(
                    "The newsletter goes to the mailing contact %s, which keeps the "
                    "former address. Change it there, too.",
                    ", ".join(sorted(set(alone.contact_id.mapped("display_name")))),
                )
            ]
            members -= alone
            if not members:
                return lines
        else:
            lines = []
        lines += self._newsletter_moved(members)
        asked = members.filtered(lambda member: member.remote_status)
        for company in asked.company_id:
            state, _at = (
                self.env["newsletter.consent"]
                ._effective([new], company)
                .get(new, ("none", None))
            )
            if state != "confirmed":
                lines.append(
                    self.env._(
                        "A consent belongs to one address, and %s has no confirmed "
                        "consent yet. Until the person confirms, the newsletter goes "
                        "on to the former address.",
                        new,
                    )
                )
                break
        taken = (
            self.env["newsletter.member"]
            .sudo()
            .search_count(
                [("coupling_id", "in", members.coupling_id.ids), ("email", "=", new)],
                limit=1,
            )
        )
        if taken:
            lines.append(
                self.env._(
                    "%s is on such a list already. Merge the two members there, as a "
                    "change of address.",
                    new,
                )
            )
        return lines

    @api.model
    def _newsletter_moved(self, members):
        """What becomes of the recipients in their tools, by what these can do."""
        moves, replaces = set(), set()
        for connection in members.connection_id:
            connector = connection._connector_class()
            can = connector.capabilities.change_address
            (moves if can else replaces).add(connector.label)
        lines = []
        if moves:
            lines.append(
                self.env._(
                    "After saving, the newsletter tool gets the new address by itself "
                    "or with the next transmission, as the coupling says. History, "
                    "tags and statistics stay with the person. If it is somebody "
                    "else's address, make a new contact instead."
                )
            )
        if replaces:
            lines.append(
                self.env._(
                    "%s cannot change an address: by itself or with the next "
                    "transmission, as the coupling says, the new address becomes a new "
                    "entry there, and the former one leaves with its history, tags and "
                    "statistics.",
                    ", ".join(sorted(replaces)),
                )
            )
        return lines


class ResPartner(models.Model):
    _inherit = "res.partner"

    @api.onchange("email")
    def _onchange_email_newsletter(self):
        return self._newsletter_address_warning()

    def write(self, vals):
        """A mailing contact of its own keeps the former address: that is not silent."""
        before = {}
        if "email" in vals and not self.env.context.get("newsletter_leaving"):
            before = {partner: partner.email_normalized for partner in self}
        result = super().write(vals)
        former = {
            email: partner
            for partner, email in before.items()
            if email and email != partner.email_normalized
        }
        if former:
            members = self._newsletter_unlinked(former)
            members._log_apart({m.id: former[m.email] for m in members})
        return result


class CrmLead(models.Model):
    _inherit = "crm.lead"

    @api.onchange("email_from")
    def _onchange_email_newsletter(self):
        return self._newsletter_address_warning()


class MailingContact(models.Model):
    _inherit = "mailing.contact"

    @api.onchange("email")
    def _onchange_email_newsletter(self):
        return self._newsletter_address_warning()

    def _newsletter_address_advice(self, members, new):
        """Where a contact or lead stands behind it, its address goes to the tool."""
        others = members.filtered("partner_id").partner_id or members.lead_id
        if others:
            return [
                self.env._(
                    "The newsletter tool gets the address of %s. Change it there; "
                    "this mailing contact follows.",
                    ", ".join(others.mapped("display_name")),
                )
            ]
        return super()._newsletter_address_advice(members, new)

    def write(self, vals):
        """An address that goes another way than its contact's is not silent."""
        before = {}
        if "email" in vals and not self.env.context.get("newsletter_leaving"):
            before = {contact.id: contact.email_normalized for contact in self}
        result = super().write(vals)
        if before:
            self._newsletter_log_apart(before)
        return result

    def _newsletter_log_apart(self, before):
        """Name those whose contact keeps the former address, which the tool gets."""
        moved = self.filtered(lambda c: c.email_normalized != before[c.id])
        owners = {}
        for member in self.env["newsletter.member"]._of_records(moved):
            owner = member.partner_id or member.lead_id
            if owner and owner.email_normalized == before[member.contact_id.id]:
                owners[member.id] = owner
        self.env["newsletter.member"].sudo().browse(owners)._log_apart(owners)


class NewsletterMember(models.Model):
    _inherit = "newsletter.member"

    def _log_apart(self, owners):
        """Contact and mailing contact of a person have different addresses now.

        :param owners: {member id: the contact or lead}
        """
        self.env["newsletter.event"]._log_many(
            {
                "code": "address_apart",
                "level": "warning",
                "member": member,
                "record": member.contact_id,
                "old_value": member.email,
                "new_value": (
                    owners[member.id].email_normalized
                    if member.contact_id.email_normalized == member.email
                    else member.contact_id.email_normalized
                ),
                "text": self.env._(
                    "%(name)s: contact and mailing contact have different addresses "
                    "now. The newsletter goes on to %(email)s.",
                    name=owners[member.id].display_name,
                    email=member.email,
                ),
            }
            for member in self
        )
