"""Whose leaving it is: an objection to all marketing covers the whole person (W4)."""

from collections import defaultdict

from odoo import api, fields, models
from odoo.tools.mail import email_normalize_all


class NewsletterLeaving(models.Model):
    _inherit = "newsletter.leaving"

    @api.model
    def _persons(self, emails):
        """The contacts who have one of the addresses, with their further records.

        What belongs together is only what somebody linked: further addresses of a
        contact (invoice, delivery …), contacts marked as the same person, the contact
        of a lead or a mailing contact. People who share an employer are different ones.
        """
        emails = list(emails)
        partners = self.env["res.partner"].with_context(active_test=False)
        found = partners.search([("email_normalized", "in", emails)])
        leads = self.env["crm.lead"].with_context(active_test=False)
        found |= leads.search([("email_normalized", "in", emails)]).partner_id
        contacts = self.env["mailing.contact"]
        if "partner_id" in contacts._fields:  # OCA's mass_mailing_partner
            found |= contacts.search([("email_normalized", "in", emails)]).partner_id
        found |= (
            self.env["newsletter.member"].search([("email", "in", emails)]).partner_id
        )
        return found._newsletter_same_person()

    @api.model
    def _other_addresses(self, told, found):
        """{further address of the same person: what was said about the first}."""
        origins = {leaving.email: leaving.id for leaving in found}
        first = {}
        for addresses in self._persons(told)._newsletter_addresses_of_each():
            for address in addresses - set(told):
                first.setdefault(address, set()).update(addresses & set(told))
        return {
            address: {**told[min(emails)], "origin_id": origins.get(min(emails))}
            for address, emails in first.items()
            if emails
        }

    @api.model
    def _enter_elsewhere(self, found, company, channel, scope, lists):
        """Let other companies' accounts know: Odoo's blocklist and its mailing lists
        belong to all companies of a database."""
        domain = [
            ("email", "in", found.mapped("email")),
            ("company_id", "!=", company.id),
        ]
        if scope == "list":
            domain.append(("coupling_id.mailing_list_id", "in", lists.ids))
        entered = self.browse()
        by_email = {leaving.email: leaving for leaving in found}
        members = self.env["newsletter.member"].search(domain)
        for other in members.company_id:
            emails = members.filtered(lambda m, other=other: m.company_id == other)
            told = {
                email: {
                    "at": by_email[email].date,
                    "reason": by_email[email].reason,
                    "note": by_email[email].note,
                    "origin_id": by_email[email].id,
                }
                for email in set(emails.mapped("email"))
            }
            entered |= self._enter(told, other, channel, scope, lists)
        return entered


class ResPartner(models.Model):
    _inherit = "res.partner"

    newsletter_same_person_id = fields.Many2one(
        "res.partner",
        string="Same Person as",
        ondelete="set null",
        index="btree_not_null",
        help="Another contact of the same person, for instance with a private address. "
        "Who wants no e-mails at one of them gets none at the others.",
    )
    newsletter_same_person_ids = fields.One2many(
        "res.partner", "newsletter_same_person_id"
    )

    def _newsletter_same_person(self):
        """These contacts and all that were linked to them as the same person."""
        found, front = self, self
        while front:
            addresses = front.child_ids.filtered(lambda each: each.type != "contact")
            front = (
                addresses
                | front.filtered(lambda each: each.type != "contact").parent_id
                | front.newsletter_same_person_id
                | front.newsletter_same_person_ids
            ) - found
            found |= front
        return found

    def _newsletter_addresses(self):
        """Every address of these contacts, of their leads and mailing contacts."""
        return set().union(*self._newsletter_addresses_by_contact().values())

    def _newsletter_addresses_of_each(self):
        """The same, a set for each of the persons; of contacts as they come from
        ``_newsletter_same_person``."""
        addresses = self._newsletter_addresses_by_contact()
        person = {partner_id: {partner_id} for partner_id in addresses}
        for partner in self:
            linked = partner.newsletter_same_person_id
            if partner.type != "contact":
                linked |= partner.parent_id
            for other in linked:
                if person[partner.id] is not person[other.id]:
                    together = person[partner.id] | person[other.id]
                    person.update(dict.fromkeys(together, together))
        persons = {id(together): together for together in person.values()}
        return [
            set().union(*(addresses[partner_id] for partner_id in together))
            for together in persons.values()
        ]

    def _newsletter_addresses_by_contact(self):
        """{id of a contact: its addresses}"""
        found = defaultdict(set)
        for partner in self:
            found[partner.id].update(email_normalize_all(partner.email or ""))
        leads = self.env["crm.lead"].with_context(active_test=False)
        for lead in leads.search([("partner_id", "in", self.ids)]):
            found[lead.partner_id.id].add(lead.email_normalized)
        contacts = self.env["mailing.contact"]
        if "partner_id" in contacts._fields:  # OCA's mass_mailing_partner
            for contact in contacts.search([("partner_id", "in", self.ids)]):
                found[contact.partner_id.id].add(contact.email_normalized)
        for member in self.env["newsletter.member"].search(
            [("partner_id", "in", self.ids)]
        ):
            found[member.partner_id.id] |= {
                member.email,
                member.contact_id.email_normalized,
            }
        return {key: emails - {False} for key, emails in found.items()}

    def _newsletter_mark_unwanted(self):
        """Show at the contact that the person wants no e-mails."""
        unmarked = self.filtered(lambda partner: not partner.no_marketing_email)
        unmarked.write({"no_marketing_email": True})
