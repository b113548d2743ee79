"""Add people to a mailing list: the same dialog from a contact, a filter, a list."""

from collections import Counter

from odoo import Command, api, fields, models
from odoo.exceptions import UserError
from odoo.tools import formatLang

from ..models.newsletter_assignment_add import MOST_TASKS, OUTCOMES

#: people of whom the dialog tells before what will become of them
OUTLOOK = 1000
#: people that are added in one go
MOST = 20000
#: people who are named because they were not added
NAMED = 500


class NewsletterAssignWizard(models.TransientModel):
    """Nobody is twice on a list, and nobody who left is put back (C09, C12 to C15)."""

    _name = "newsletter.assign.wizard"
    _description = "Add to a Mailing List"

    state = fields.Selection(
        [("choose", "Choose"), ("done", "Done")], default="choose", required=True
    )
    mailing_list_id = fields.Many2one(
        "mailing.list", domain=[("newsletter_state", "=", "running")]
    )
    list_given = fields.Boolean(readonly=True)
    # the people: a selection of records, or picked in the dialog
    res_model = fields.Char(readonly=True)
    selection_domain = fields.Json(readonly=True)
    record_count = fields.Integer(string="Selected", readonly=True)
    person = fields.Char(string="Who", readonly=True)
    partner_ids = fields.Many2many("res.partner", string="Contacts")
    contact_ids = fields.Many2many("mailing.contact", string="Mailing Contacts")
    lead_ids = fields.Many2many(
        "crm.lead", string="Leads", groups="sales_team.group_sale_salesman"
    )
    address_ids = fields.One2many("newsletter.assign.address", "wizard_id")
    address_count = fields.Integer(compute="_compute_address_count")
    address_id = fields.Many2one(
        "newsletter.assign.address",
        domain="[('wizard_id', '=', id)]",
        string="E-mail Address",
        help="Each address has a consent of its own.",
    )
    activity_ids = fields.Many2many(
        "newsletter.processing.activity",
        string="Processing Activities",
        compute="_compute_activity_ids",
        store=True,
        readonly=False,
        help="For what these people are on the list (Article 30 GDPR). Optional.",
    )
    consent = fields.Selection(
        [
            ("file", "What is on file counts"),
            ("staff", "They agreed on paper or by telephone: record it"),
            ("request", "Ask them by e-mail; they join by their click"),
        ],
        default="file",
        required=True,
    )
    note = fields.Text(
        string="How Do You Know?",
        help="Who took the consent or the wish, when, where and how. It is the proof.",
    )
    given_on = fields.Date(string="Given on", default=fields.Date.context_today)
    document = fields.Binary(help="Scan of the card, the letter …")
    document_name = fields.Char()
    outlook = fields.Text(compute="_compute_outlook")
    warns = fields.Boolean(compute="_compute_outlook")
    summary = fields.Text(readonly=True)
    line_ids = fields.One2many("newsletter.assign.line", "wizard_id", readonly=True)

    # --- opening ----------------------------------------------------------------------
    @api.model
    def _open_for(self, records):
        """The dialog for selected contacts, leads or mailing contacts.

        :raises UserError: nobody, or too many were selected
        """
        records.check_access("read")
        if not records:
            raise UserError(self.env._("Select at least one record."))
        push = self.env["newsletter.push.wizard"]
        domain = push._selection(records)
        count = len(records)
        if not push._is_ids(domain):
            count = records.search_count(fields.Domain(domain))
        if count > MOST:
            raise UserError(
                self.env._(
                    "At most %(most)s people are added at once; %(count)s are "
                    "selected. Narrow the filter down and add them in parts.",
                    most=formatLang(self.env, MOST, digits=0),
                    count=formatLang(self.env, count, digits=0),
                )
            )
        wizard = self.create(
            {
                "res_model": records._name,
                "selection_domain": domain,
                "record_count": count,
                "person": records.display_name if count == 1 else False,
                "address_ids": [
                    Command.create({"address": address})
                    for address in (records._newsletter_addresses_offered())
                ]
                if count == 1
                else [],
            }
        )
        wizard.address_id = wizard.address_ids[:1]
        return wizard._show()

    @api.model
    def _open_for_list(self, mailing_list):
        """The dialog of a list, in which people are picked."""
        return self.create(
            {"mailing_list_id": mailing_list.id, "list_given": True}
        )._show()

    def _show(self):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Add to a Mailing List"),
            "res_model": self._name,
            "res_id": self.id,
            "views": [(False, "form")],
            "view_mode": "form",
            "target": "new",
        }

    # --- what is shown ----------------------------------------------------------------
    @api.depends("address_ids")
    def _compute_address_count(self):
        for wizard in self:
            wizard.address_count = len(wizard.address_ids)

    @api.depends("mailing_list_id")
    def _compute_activity_ids(self):
        for wizard in self:
            wizard.activity_ids = wizard.mailing_list_id.newsletter_activity_ids

    @api.depends(
        *("mailing_list_id", "address_id", "partner_ids", "contact_ids", "lead_ids"),
        "consent",
    )
    @api.depends_context("lang")
    def _compute_outlook(self):
        for wizard in self:
            wizard.outlook, wizard.warns = wizard._foresee()

    def _foresee(self):
        """(what will become of the people, whether somebody is left out)"""
        if not self.mailing_list_id or self.state == "done":
            return False, False
        if self.record_count > OUTLOOK:
            return (
                self.env._(
                    "%s people are selected. Who is on the list already, has left, or "
                    "has no usable address is left out and named afterwards.",
                    formatLang(self.env, self.record_count, digits=0),
                ),
                False,
            )
        people = self._people()
        if not people:
            return False, False
        places = self.env["newsletter.assignment"]._sort_out(
            people, self.mailing_list_id._origin
        )
        counts = Counter(place.code for place in places)
        lines = []
        if counts[""]:
            lines.append(self.env._("Will be added: %s", counts[""]))
            lines += self._foresee_consents(
                [place.email for place in places if not place.code]
            )
        lines += [
            f"{self.env._(OUTCOMES[code])}: {count}"
            for code, count in counts.items()
            if code
        ]
        return "\n".join(lines), counts[""] < len(places)

    def _foresee_consents(self, emails):
        """Who joins the list in Odoo, but not the newsletter tools."""
        # sudo: couplings of all companies concern the list
        couplings = self.mailing_list_id._origin.sudo().newsletter_coupling_ids
        if self.consent != "file" or not couplings:
            return
        states = self.env["newsletter.consent"]._effective(
            emails, couplings[:1].company_id, self.mailing_list_id._origin
        )
        without = sum(state != "confirmed" for state, _at in states.values())
        if without:
            yield self.env._(
                "Of these without a confirmed consent: %s. They are on the list in "
                "Odoo and wait; the newsletter tool does not get them.",
                without,
            )

    # --- who --------------------------------------------------------------------------
    def _people(self):
        """Pairs of a record and an address, "" for the record's own."""
        self.ensure_one()
        if not self.res_model:
            # sudo: users without rights on leads have picked none
            leads = self.sudo().lead_ids.with_env(self.env)
            picked = (*self.partner_ids, *self.contact_ids, *leads)
            return [(record._origin, "") for record in picked]
        records = self.env[self.res_model]
        if not hasattr(records, "action_newsletter_assign"):
            raise UserError(self.env._("These records cannot be put on a list."))
        # an archived record that was selected is named, not silently left out
        found = records.with_context(active_test=False).search(
            fields.Domain(self.selection_domain), limit=MOST
        )
        chosen = (self.address_id._origin or self.address_id).address or ""
        return [
            (record, chosen if len(found) == 1 else "")
            for record in found.with_env(self.env)
        ]

    # --- adding -----------------------------------------------------------------------
    def action_add(self):
        """Add whoever can be, and name the others with the reason.

        :raises UserError: nothing was chosen, a proof is missing, or the one person
            cannot be added
        """
        self.ensure_one()
        if not self.mailing_list_id:
            raise UserError(self.env._("Please choose a mailing list."))
        people = self._people()
        if not people:
            raise UserError(self.env._("Please choose at least one person."))
        assignments = self.env["newsletter.assignment"]
        places = assignments._sort_out(people, self.mailing_list_id)
        wanted = [place for place in places if not place.code]
        if len(people) == 1 and not wanted:
            assignments._refuse(places[0], self.mailing_list_id)
        if self.consent == "request":
            return self._ask(wanted)
        if self.consent == "staff":
            self._record(wanted)
        places = assignments._add(people, self.mailing_list_id, self.activity_ids)
        return self._told(places)

    def _check_proof(self):
        self.env["newsletter.consent"].check_access("create")
        if not (self.note or "").strip():
            raise UserError(
                self.env._("Say how you know it: who agreed or asked when, and how.")
            )

    def _record(self, places):
        """Evidence at the consents for this list."""
        self._check_proof()
        if not self.given_on or self.given_on > fields.Date.context_today(self):
            raise UserError(self.env._("The date lies in the future."))
        emails = [place.email for place in places]
        at = fields.Datetime.to_datetime(self.given_on)
        if self.given_on == fields.Date.context_today(self):
            at = fields.Datetime.now()
        # sudo: couplings of all companies concern the list
        companies = self.mailing_list_id.sudo().newsletter_coupling_ids.company_id
        for company in (companies & self.env.companies) or self.env.company:
            consents = self.env["newsletter.consent"]._for_addresses(
                emails, company, self.mailing_list_id
            )
            if self.activity_ids:
                fresh = consents.filtered(lambda each: each.state == "none")
                fresh.write({"purpose": ", ".join(self.activity_ids.mapped("name"))})
            consents._record(
                "staff",
                at=at,
                note=self.note,
                source=self.env._("Recorded by staff"),
                document=self.document,
                document_name=self.document_name,
            )

    def _ask(self, places):
        """Send the mails of a double opt-in; the click puts them on the list."""
        self._check_proof()
        if not places:
            raise UserError(self.env._("Nobody of the selection can be asked."))
        opened, refused = self.env["newsletter.consent"]._request(
            [place.email for place in places],
            self.env.company,
            self.mailing_list_id,
            origin="staff",
            note=self.note,
        )
        return self._notify(
            self.env._(
                "%(asked)s people are asked by mail, %(left)s are not. Whoever "
                "confirms is on the list.",
                asked=len(opened),
                left=len(refused),
            ),
            "warning" if refused else "success",
        )

    # --- the report -------------------------------------------------------------------
    def _told(self, places):
        counts = Counter(place.code for place in places)
        lines = [
            f"{self.env._(OUTCOMES[code])}: {counts[code]}"
            for code in OUTCOMES
            if counts[code]
        ]
        # sudo: couplings of all companies get tasks
        coupled = self.mailing_list_id.sudo().newsletter_coupling_ids
        if counts["added"] > MOST_TASKS and coupled:
            lines.append(
                self.env._(
                    "Their tasks are set in the background; the run says how many can "
                    "be transmitted, and why others cannot."
                )
            )
        self.env["newsletter.event"]._log(
            "added_to_list",
            text=self.env._(
                "%(user)s added %(count)s people to “%(list)s”.",
                user=self.env.user.name,
                count=counts["added"],
                list=self.mailing_list_id.name,
            ),
            detail="\n".join(lines),
            record=self.mailing_list_id,
        )
        left_out = [place for place in places if place.code != "added"]
        if not left_out:
            return self._notify("\n".join(lines), "success")
        self.write(
            {
                "state": "done",
                "summary": "\n".join(lines),
                "line_ids": [
                    Command.create(
                        {
                            "res_model": place.record._name,
                            "res_id": place.record.id,
                            "name": place.record.display_name,
                            "address": place.address,
                            "reason": self.env._(OUTCOMES[place.code]),
                        }
                    )
                    for place in left_out[:NAMED]
                ],
            }
        )
        return self._show()

    def _notify(self, message, kind):
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": kind,
                "message": message,
                "sticky": kind == "warning",
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    def action_close(self):
        """After the report, the screen behind shows what has changed."""
        return {"type": "ir.actions.client", "tag": "soft_reload"}


class NewsletterAssignAddress(models.TransientModel):
    """One of the addresses of a person, to choose from (C09)."""

    _name = "newsletter.assign.address"
    _description = "Address to Choose"
    _rec_name = "address"

    wizard_id = fields.Many2one(
        "newsletter.assign.wizard", required=True, ondelete="cascade"
    )
    address = fields.Char(required=True)


class NewsletterAssignLine(models.TransientModel):
    """Somebody who was not added, and why."""

    _name = "newsletter.assign.line"
    _description = "Person Who Was Not Added"

    wizard_id = fields.Many2one(
        "newsletter.assign.wizard", required=True, ondelete="cascade"
    )
    res_model = fields.Char()
    res_id = fields.Many2oneReference(model_field="res_model")
    name = fields.Char()
    address = fields.Char()
    reason = fields.Char()

    def action_open_record(self):
        """The contact, lead or mailing contact itself."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": self.res_model,
            "res_id": self.res_id,
            "views": [(False, "form")],
        }


class NewsletterRecipient(models.AbstractModel):
    _inherit = "newsletter.recipient"

    def action_newsletter_assign(self):
        """Add these people to a mailing list."""
        return self.env["newsletter.assign.wizard"]._open_for(self)

    def _newsletter_addresses_offered(self):
        """The person's addresses, the record's own one first."""
        self.ensure_one()
        own = [self.email_normalized] if self.email_normalized else []
        return own + sorted(self._newsletter_person_addresses() - set(own))


class MailingList(models.Model):
    _inherit = "mailing.list"

    def action_newsletter_assign(self):
        """Add people to this list by a search."""
        self.ensure_one()
        self.check_access("read")
        return self.env["newsletter.assign.wizard"]._open_for_list(self)
