"""Whom an address means where several contacts have it: rows F10 to F13.

The pure ``sync.matching`` decides; here stands what it is told and what follows from
its answer. Only addresses that several contacts have come this far.
"""

from odoo import api, fields, models
from odoo.tools import SQL

from ..sync import names
from ..sync.matching import Candidate, MatchedBy, Person, match

#: paths of mappings that tell a part of the name
_FIRST = ("newsletter_firstname", "first_name", "firstname")
_LAST = ("newsletter_lastname", "last_name", "lastname")
_FULL = ("name", "complete_name", "display_name", "contact_name")


class NewsletterIdentity(models.Model):
    """A person's choice: the contact that an address means, for one company."""

    _name = "newsletter.identity"
    _description = "Newsletter Choice Among Contacts"
    _rec_name = "email"
    _check_company_auto = True

    email = fields.Char(required=True, readonly=True)
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True
    )
    partner_id = fields.Many2one(
        "res.partner", required=True, readonly=True, ondelete="cascade", index=True
    )
    user_id = fields.Many2one("res.users", string="Chosen by", readonly=True)

    _once = models.UniqueIndex("(company_id, email)", "This choice was made already.")

    @api.model
    def _remember(self, email, company, partner):
        """Keep a choice; a later one replaces it."""
        # sudo: choices are written by the dialog only, which has checked the right
        choices = self.sudo()
        known = choices.search(
            [("email", "=", email), ("company_id", "=", company.id)], limit=1
        )
        values = {"partner_id": partner.id, "user_id": self.env.uid}
        if known:
            known.write(values)
            return
        choices.create({"email": email, "company_id": company.id, **values})

    @api.model
    def _chosen(self, emails, company):
        """{address: the contact that a person chose for it, unless it was archived}"""
        # sudo: what was chosen decides, whoever starts the comparison
        found = self.sudo().search(
            [("email", "in", list(emails)), ("company_id", "=", company.id)]
        )
        return {
            choice.email: choice.partner_id
            for choice in found
            if choice.partner_id.active
        }

    @api.model
    def _namesakes(self, emails, company):
        """{address: ids of the contacts that have it, lowest first}: several only."""
        self.env["res.partner"].flush_model(["email_normalized", "active"])
        self.env.cr.execute(
            SQL(
                """
                SELECT email_normalized, ARRAY_AGG(id ORDER BY id)
                  FROM res_partner
                 WHERE email_normalized = ANY(%s) AND active
                   AND (company_id IS NULL OR company_id = %s)
                 GROUP BY 1
                HAVING COUNT(*) > 1
                """,
                [email for email in emails if email],
                company.id,
            )
        )
        return dict(self.env.cr.fetchall())


class NewsletterReconcile(models.AbstractModel):
    _inherit = "newsletter.reconcile"

    def _find_people(self, coupling, cases):
        """Of several contacts with the address the one whom the tool means."""
        lonely = [
            case for case in cases if not (case.contact or case.partner or case.lead)
        ]
        result = super()._find_people(coupling, cases)
        namesakes = self.env["newsletter.identity"]._namesakes(
            {case.email for case in lonely if case.partner}, coupling.company_id
        )
        several = [case for case in lonely if case.email in namesakes]
        if several:
            self._tell_apart(coupling, several, namesakes)
        return result

    def _tell_apart(self, coupling, cases, namesakes):
        """Choose by recipient id, by what a person chose before, by names."""
        partners = self.env["res.partner"].browse(
            {id_ for ids in namesakes.values() for id_ in ids}
        )
        chosen = self.env["newsletter.identity"]._chosen(namesakes, coupling.company_id)
        recipients = self._recipients_of(coupling, partners)
        candidates = {
            partner.id: Candidate(
                partner.id,
                remote_id=recipients.get(partner.id, ""),
                email=partner.email_normalized,
                first_name=person["newsletter_firstname"] or "",
                last_name=person["newsletter_lastname"] or "",
                chosen=chosen.get(partner.email_normalized) == partner,
            )
            for partner in partners
            for person in [partner._newsletter_person()]
        }
        keys = self._name_keys(coupling)
        for case in cases:
            ids = namesakes[case.email]
            found = match(self._as_told(case, keys), [candidates[id_] for id_ in ids])
            if found.candidate:
                case.partner = partners.browse(found.candidate.id)
            if found.by is MatchedBy.LOWEST:
                case.among = partners.browse(found.among)

    def _recipients_of(self, coupling, partners):
        """{contact id: id of the recipient that it is on this list already}"""
        self.env.cr.execute(
            SQL(
                """
                SELECT partner_id, remote_id FROM newsletter_member
                 WHERE coupling_id = %s AND active AND remote_id IS NOT NULL
                   AND partner_id = ANY(%s)
                """,
                coupling.id,
                partners.ids,
            )
        )
        return dict(self.env.cr.fetchall())

    def _name_keys(self, coupling):
        """Keys of the mappings that tell first, last and whole names."""
        mappings = (
            self.env["newsletter.field.mapping"]
            ._of_connection(coupling.connection_id, coupling)
            ._travelling()
        )
        return [
            [str(each.id) for each in mappings if each.path in paths]
            for paths in (_FIRST, _LAST, _FULL)
        ]

    def _as_told(self, case, keys):
        """The recipient as the tool tells them."""
        values = (
            case.fetched.values
            or case.member.remote_values
            or case.member.base_values
            or {}
        )
        first, last, full = (
            next((str(values[key]) for key in part if values.get(key)), "")
            for part in keys
        )
        if full and not (first or last):
            parsed = names.parse_name(full)
            first, last = parsed.first, parsed.last
        return Person(
            case.fetched.remote_id or case.member.remote_id or "",
            case.email,
            first,
            last,
        )

    def _log_found(self, run, cases, mappings):
        """F12: nothing decided between several contacts; all of them are named."""
        result = super()._log_found(run, cases, mappings)
        members = self.env["newsletter.member"]
        self.env["newsletter.event"]._log_many(
            {
                "code": "several_contacts",
                "level": "warning",
                "run": run,
                "member": members.browse(case.member.id),
                "record": case.partner,
                "text": self.env._(
                    "%(count)s contacts have the address %(email)s, and the names do "
                    "not tell them apart. %(name)s was taken. Press “This Is Somebody "
                    "Else” at the member if that is wrong.",
                    count=len(case.among),
                    email=case.email,
                    name=case.partner.display_name,
                ),
                "detail": "\n".join(
                    f"{partner.display_name}: {partner.get_base_url()}"
                    f"/odoo/res.partner/{partner.id}"
                    for partner in case.among
                ),
            }
            for case in cases
            if case.among and case.member.id
        )
        return result


class NewsletterPush(models.AbstractModel):
    _inherit = "newsletter.push"

    @api.model
    def _sources(self, records):
        """A consent of an address that several have lends the chosen one's names."""
        found = super()._sources(records)
        if records._name != "newsletter.consent":
            return found
        for company, consents in records.grouped("company_id").items():
            chosen = self.env["newsletter.identity"]._chosen(
                consents.mapped("email"), company
            )
            for consent in consents:
                partner = chosen.get(consent.email)
                if partner and partner.email_normalized == consent.email:
                    found[consent.id] = partner.with_env(self.env)
        return found


class NewsletterMember(models.Model):
    _inherit = "newsletter.member"

    namesake_ids = fields.Many2many(
        "res.partner",
        string="Contacts with This Address",
        compute="_compute_namesake_ids",
    )
    namesake_count = fields.Integer(compute="_compute_namesake_ids")

    @api.depends("email")
    def _compute_namesake_ids(self):
        identities = self.env["newsletter.identity"]
        for company, members in self.grouped("company_id").items():
            found = identities._namesakes(members.mapped("email"), company)
            ids = [id_ for several in found.values() for id_ in several]
            seen = set(self.env["res.partner"].search([("id", "in", ids)]).ids)
            for member in members:
                several = [id_ for id_ in found.get(member.email, ()) if id_ in seen]
                member.namesake_ids = several
                member.namesake_count = len(several)

    def _is_this_contact(self, partner):
        """A person says whose contact these members are; remembered for the address.

        What was agreed on was agreed on with somebody else: the values of this contact
        are compared as if both sides met for the first time, so that nothing is
        overwritten that nobody has seen.
        """
        # sudo: the engine's memory; the right was checked by whoever calls
        for member in self.sudo():
            self.env["newsletter.identity"]._remember(
                member.email, member.company_id, partner
            )
            former = member.partner_id
            member.write(
                {
                    "partner_id": partner.id,
                    "lead_id": False,
                    "remote_values": member.remote_values or member.base_values,
                    "base_values": False,
                    "base_digest": False,
                    "local_values": False,
                    "synced_at": False,
                }
            )
            self.env["newsletter.event"]._log(
                "contact_chosen",
                member=member,
                record=partner,
                old_value=former.display_name,
                new_value=partner.display_name,
                text=self.env._(
                    "%(email)s is %(name)s. The choice is remembered.",
                    email=member.email,
                    name=partner.display_name,
                ),
            )
        self.env["newsletter.change"]._note(self)
