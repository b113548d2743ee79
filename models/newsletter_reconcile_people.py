"""Whose record somebody is of whom the tool, or a member, tells the address.

The contact goes before the lead and the lead before the mailing contact; of several the
lowest id, and what is in use before what is archived. An archived contact stands for
its address as long as nothing in use has it: else the person would be taken in anew,
and an archived person is not mailed (design rule 6). The mailing contact by which it
was mailed on a list is nothing else in use; any other one is. Nobody is barred by a
lead that was lost: not to become a customer is nobody's wish.
"""

from odoo import models
from odoo.tools import SQL

from ..sync.address import parse
from .newsletter_reconcile_load import NO_PERSON, PERSON_SQL, as_array
from .newsletter_same_recipient import STATUSES_MAILED


class NewsletterReconcile(models.AbstractModel):
    _inherit = "newsletter.reconcile"

    def _find_people(self, coupling, cases):
        """The records behind members without any, by address.

        Also who was a stranger when they were met may be known by now.
        """
        self._replace_archived(coupling, [case for case in cases if case.partner])
        lonely = {}
        for case in cases:
            if not case.record:
                email = case.fetched.email or case.member.email
                lonely.setdefault(email, []).append(case)
        if not lonely:
            return
        contacts = self._contacts_by_email(coupling, lonely)
        partners = self._partners_by_email(coupling, lonely)
        leads = self._leads_by_email(coupling, lonely)
        archived = [id_ for id_, in_use in partners.values() if not in_use]
        mailed_by = self._mailed_by(archived) if archived else set()
        for email, mine in lonely.items():
            contact_id, lead_id = contacts.get(email), leads.get(email)
            partner_id, in_use = partners.get(email, (None, False))
            shadow = not contact_id or (partner_id, contact_id) in mailed_by
            for case in mine:
                case.contact = case.contact.browse(contact_id or ())
                if in_use or (shadow and not lead_id and self._is_mailed(case)):
                    case.partner = case.partner.browse(partner_id or ())
                else:
                    case.lead = case.lead.browse(lead_id or ())

    @staticmethod
    def _is_mailed(case):
        """Nobody has to bar who left the tool, nor to be named in a report for it."""
        return (case.fetched.status or case.member.remote_status) in STATUSES_MAILED

    def _replace_archived(self, coupling, cases):
        """A double was archived, or the person was created anew: the contact in use
        with the address and the name takes the place of the archived one. Somebody else
        with the same address does not: who is archived is mailed by nobody's name.

        Both sides are compared as if they met for the first time: what was agreed on
        was agreed on with the other contact.
        """
        if not cases:
            return
        self.env.cr.execute(
            SQL(
                """
                SELECT archived.id, min(present.id)
                  FROM res_partner archived
                  JOIN res_partner present
                    ON present.email_normalized = archived.email_normalized
                 WHERE archived.id = ANY(%s) AND NOT archived.active
                   AND present.active
                   AND lower(btrim(present.name)) = lower(btrim(archived.name))
                   AND (present.company_id IS NULL OR present.company_id = %s)
                 GROUP BY archived.id
                """,
                [case.partner.id for case in cases],
                coupling.company_id.id,
            )
        )
        present = dict(self.env.cr.fetchall())
        for case in cases:
            if partner_id := present.get(case.partner.id):
                case.partner = case.partner.browse(partner_id)
                case.member = case.member._replace(base_values=None, local_values=None)
                case.remembered = False

    def _read_people(self, cases):
        """Fill ``person`` and ``address`` from the records whose values count."""
        people = {
            model: self._people(
                model, [case.record.id for case in cases if case.record._name == model]
            )
            for model in PERSON_SQL
        }
        for case in cases:
            record = case.record
            case.person = people[record._name].get(record.id) or NO_PERSON
            case.address = parse(case.person.raw)

    def _mailed_by(self, partner_ids):
        """{(contact, mailing contact by which members of it are mailed)} as ids."""
        self.env.cr.execute(
            SQL(
                "SELECT partner_id, contact_id FROM newsletter_member"
                " WHERE partner_id = ANY(%s) AND contact_id IS NOT NULL",
                partner_ids,
            )
        )
        return set(self.env.cr.fetchall())

    def _contacts_by_email(self, coupling, emails):
        """{address: id of the mailing contact}

        Somebody who is on the mailing list goes before somebody who is not.
        """
        return self._by_email(
            SQL(
                """
                SELECT contact.email_normalized, contact.id
                  FROM mailing_contact contact
                  LEFT JOIN mailing_subscription subscribed
                    ON subscribed.contact_id = contact.id
                   AND subscribed.list_id = %s
                 WHERE contact.email_normalized = ANY(%s)
                 ORDER BY subscribed.id IS NULL DESC, contact.id DESC
                """,
                coupling.mailing_list_id.id or None,
                as_array(emails),
            )
        )

    def _partners_by_email(self, coupling, emails):
        """{address: (id of the contact, whether it is in use)}; no other company's."""
        self.env.cr.execute(
            SQL(
                """
                SELECT email_normalized, id, active
                  FROM res_partner
                 WHERE email_normalized = ANY(%s)
                   AND (company_id IS NULL OR company_id = %s)
                 ORDER BY active, id DESC
                """,
                as_array(emails),
                coupling.company_id.id,
            )
        )
        return {email: (id_, active) for email, id_, active in self.env.cr.fetchall()}

    def _leads_by_email(self, coupling, emails):
        """{address: id of the lead or opportunity}; no other company's, none lost."""
        return self._by_email(
            SQL(
                """
                SELECT email_normalized, id
                  FROM crm_lead
                 WHERE email_normalized = ANY(%s) AND active
                   AND (company_id IS NULL OR company_id = %s)
                 ORDER BY id DESC
                """,
                as_array(emails),
                coupling.company_id.id,
            )
        )

    def _by_email(self, query):
        """{address: id}, the last row for each address."""
        self.env.cr.execute(query)
        return dict(self.env.cr.fetchall())
