"""What a contact and a member show of returns: red where nothing arrives (J03)."""

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from .newsletter_bounce_address import STATES
from .newsletter_member_review import RETURNED


class NewsletterRecipient(models.AbstractModel):
    _inherit = "newsletter.recipient"

    newsletter_bounce_id = fields.Many2one(
        "newsletter.bounce.address",
        string="Returned Address",
        compute="_compute_newsletter_bounce_id",
        groups="newsletter_sync.group_user",
    )
    newsletter_bounce_state = fields.Selection(
        STATES,
        compute="_compute_newsletter_bounce_id",
        string="Newsletter Returns",
        groups="newsletter_sync.group_user",
    )
    newsletter_bounce_text = fields.Char(
        compute="_compute_newsletter_bounce_id",
        string="Explanation of the Return",
        groups="newsletter_sync.group_user",
    )
    newsletter_undeliverable = fields.Boolean(
        compute="_compute_newsletter_bounce_id",
        search="_search_newsletter_undeliverable",
        string="Address Undeliverable",
        groups="newsletter_sync.group_user",
    )
    newsletter_returned = fields.Boolean(
        compute="_compute_newsletter_returned",
        search="_search_newsletter_returned",
        string="Newsletter: Returned",
        groups="newsletter_sync.group_user",
        help="A return on one of the lists, or mails to the address came back.",
    )

    @api.depends("email_normalized")
    def _compute_newsletter_bounce_id(self):
        addresses = self.env["newsletter.bounce.address"]
        company = ("company_id", "in", self.env.companies.ids)
        by_email = {
            address.email: address
            for address in addresses.search(
                [company, ("email", "in", self._newsletter_known_addresses())]
            )
        }
        moved = {
            move.res_id: move.address_id
            for move in self.env["newsletter.bounce.move"].search(
                [
                    company,
                    ("res_model", "=", self._name),
                    ("res_id", "in", self.ids),
                    ("restored_at", "=", False),
                ]
            )
        }
        for record in self:
            address = moved.get(record.id) or by_email.get(record.email_normalized)
            address = address or addresses
            record.newsletter_bounce_id = address
            record.newsletter_bounce_state = address.state
            record.newsletter_undeliverable = address.state == "hard_bounce"
            record.newsletter_bounce_text = ", ".join(
                filter(None, (address.source, address.text or address.code))
            )

    @api.model
    def _newsletter_marked(self, states):
        """The domain of records whose address has one of the states."""
        addresses = self.env["newsletter.bounce.address"]._search(
            [
                ("state", "in", states),
                ("company_id", "in", self.env.companies.ids),
            ]
        )
        return Domain("email_normalized", "in", addresses.subselect("email"))

    @api.model
    def _newsletter_moved_out(self):
        """The domain of records whose undeliverable address stands in a note now."""
        moves = self.env["newsletter.bounce.move"]._search(
            [
                ("res_model", "=", self._name),
                ("restored_at", "=", False),
                ("company_id", "in", self.env.companies.ids),
            ]
        )
        return Domain("id", "in", moves.subselect("res_id"))

    @api.model
    def _newsletter_search_among(self, operator, value, found):
        """The domain of a yes or no that is true for those found (a domain)."""
        if operator not in ("in", "not in") or set(value) - {True, False}:
            return NotImplemented
        if len(set(value)) > 1:
            return Domain.TRUE if operator == "in" else Domain.FALSE
        if (True in value) == (operator == "in"):
            return found
        # negated here: SQL's NOT loses contacts without an address
        return Domain(
            "id", "not in", self.with_context(active_test=False)._search(found)
        )

    @api.model
    def _search_newsletter_undeliverable(self, operator, value):
        found = self._newsletter_marked(["hard_bounce"]) | self._newsletter_moved_out()
        return self._newsletter_search_among(operator, value, found)

    def _compute_newsletter_returned(self):
        link = self.env["newsletter.member"]._record_field(self._name)
        members = self.env["newsletter.member"].search(
            [(link, "in", self.ids), ("returned", "=", True)]
        )
        on_a_list = members[link]
        for record in self:
            state = record.newsletter_bounce_state
            record.newsletter_returned = state in RETURNED or record in on_a_list

    @api.model
    def _search_newsletter_returned(self, operator, value):
        link = self.env["newsletter.member"]._record_field(self._name)
        members = self.env["newsletter.member"]._search(
            [("returned", "=", True), (link, "!=", False)]
        )
        found = self._newsletter_marked(RETURNED) | self._newsletter_moved_out()
        found |= Domain("id", "in", members.subselect(link))
        return self._newsletter_search_among(operator, value, found)

    def action_newsletter_deliverable(self):
        """The address works after all: whoever says so stands beside it (B5)."""
        self.check_access("write")
        return self.newsletter_bounce_id.action_reset()


class NewsletterMember(models.Model):
    _inherit = "newsletter.member"

    undeliverable = fields.Boolean(
        string="Address Undeliverable",
        compute="_compute_undeliverable",
        search="_search_undeliverable",
    )
    returned = fields.Boolean(
        compute="_compute_returned",
        search="_search_returned",
        help="One of both sides has a return as status, or mails to the address came "
        "back, also Odoo's own.",
    )

    _returned_here = models.Index(
        "(coupling_id) WHERE local_status IN "
        "('hard_bounce', 'soft_bounce', 'general_bounce')"
    )

    def _marked(self, states):
        """Those of the members whose address has one of the states, for its company."""
        addresses = self.env["newsletter.bounce.address"].search(
            [("email", "in", self.mapped("email")), ("state", "in", states)]
        )
        marked = {(address.email, address.company_id) for address in addresses}
        return self.filtered(lambda each: (each.email, each.company_id) in marked)

    @api.model
    def _marked_ids(self, states):
        """The same as SQL of ids, of all members."""
        self.env["newsletter.bounce.address"].flush_model()
        self.flush_model(["email", "company_id"])
        return SQL(
            """
            SELECT known.id FROM newsletter_member known
              JOIN newsletter_bounce_address address
                ON address.email = known.email
               AND address.company_id = known.company_id
             WHERE address.state = ANY(%s)
            """,
            list(states),
        )

    @api.model
    def _search_among(self, operator, value, found):
        """The domain of a yes or no that is true for those found.

        :param found: SQL of ids
        """
        if operator not in ("in", "not in") or set(value) - {True, False}:
            return NotImplemented
        if len(set(value)) > 1:
            return Domain.TRUE if operator == "in" else Domain.FALSE
        wanted = (True in value) == (operator == "in")
        return Domain("id", "in" if wanted else "not in", SQL("(%s)", found))

    def _compute_undeliverable(self):
        marked = self._marked(["hard_bounce"])
        for member in self:
            member.undeliverable = member in marked

    @api.model
    def _search_undeliverable(self, operator, value):
        return self._search_among(operator, value, self._marked_ids(["hard_bounce"]))

    @api.depends("remote_status", "local_status", "email")
    def _compute_returned(self):
        marked = self._marked(RETURNED)
        for member in self:
            statuses = {member.remote_status, member.local_status}
            member.returned = bool(statuses & set(RETURNED)) or member in marked

    @api.model
    def _search_returned(self, operator, value):
        """Each of the three goes by an index of its own."""
        self.flush_model(["remote_status", "local_status"])
        found = SQL(
            """
            SELECT id FROM newsletter_member WHERE remote_status IN %(returned)s
             UNION
            SELECT id FROM newsletter_member WHERE local_status IN %(returned)s
             UNION
            %(marked)s
            """,
            returned=RETURNED,
            marked=self._marked_ids(RETURNED),
        )
        return self._search_among(operator, value, found)
