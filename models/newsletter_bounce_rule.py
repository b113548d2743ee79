"""The company's rule for addresses that do not exist: mark them, or move them out."""

from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import is_html_empty

RULES = [
    ("mark", "Keep the address, marked as undeliverable"),
    ("move", "Move the address into a dated note, then remove it in the tools"),
]


class ResCompany(models.Model):
    _inherit = "res.company"

    newsletter_hard_bounce_rule = fields.Selection(
        RULES,
        string="Undeliverable Addresses",
        default="mark",
        required=True,
        help="What happens to a contact whose address does not exist any more.",
    )


class NewsletterBounceMove(models.Model):
    """An address that was taken out of a record, so that it can be put back."""

    _name = "newsletter.bounce.move"
    _description = "Address Moved Into a Note"
    _order = "id"
    _rec_name = "value"

    address_id = fields.Many2one(
        "newsletter.bounce.address", required=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(related="address_id.company_id", store=True)
    res_model = fields.Char(required=True, readonly=True)
    res_id = fields.Many2oneReference(
        model_field="res_model", required=True, readonly=True, string="Record"
    )
    value = fields.Char(required=True, readonly=True, help="The field as it was.")
    restored_at = fields.Datetime(readonly=True)


class NewsletterBounceAddress(models.Model):
    _inherit = "newsletter.bounce.address"

    move_ids = fields.One2many("newsletter.bounce.move", "address_id", readonly=True)
    moved = fields.Boolean(
        string="Moved Into a Note", compute="_compute_moved", store=True
    )

    @api.depends("move_ids.restored_at")
    def _compute_moved(self):
        for address in self:
            address.moved = any(not move.restored_at for move in address.move_ids)

    def _became_undeliverable(self):
        result = super()._became_undeliverable()
        self.filtered(
            lambda each: each.company_id.newsletter_hard_bounce_rule == "move"
        )._move_out()
        return result

    def _move_out(self):
        """First Odoo is put right, then the tools, by a run of its own (J05, J11)."""
        # what happens to the field here is no change of address for the tools
        quiet = self.with_context(newsletter_leaving=True)
        for address in quiet:
            moves = []
            for record in address._records():
                name = record._newsletter_email_field()
                moves.append(
                    {
                        "address_id": address.id,
                        "res_model": record._name,
                        "res_id": record.id,
                        "value": record[name],
                    }
                )
                record[name] = False
                record._newsletter_note_bounce(address)
            quiet.env["newsletter.bounce.move"].create(moves)
            address._let_go()

    def _records(self):
        """Contacts, leads and mailing contacts of the company with this address.

        The contact of a user keeps it: the person logs in with it.
        """
        self.ensure_one()
        found = []
        for model in ("res.partner", "crm.lead", "mailing.contact"):
            records = self.env[model].with_context(active_test=False)
            domain = [("email_normalized", "=", self.email)]
            if "company_id" in records._fields:
                domain.append(("company_id", "in", (False, self.company_id.id)))
            if model == "res.partner":
                domain.append(("user_ids", "=", False))
            found += list(records.search(domain))
        return found

    def _let_go(self):
        """Have the members removed in the tools; see ``newsletter_bounce_steps``."""
        self.ensure_one()
        members = self.env["newsletter.member"].search(
            [("email", "=", self.email), ("company_id", "=", self.company_id.id)]
        )
        members.write(
            {
                # whose address it was stands in the moves
                "partner_id": False,
                "contact_id": False,
                "lead_id": False,
                "remove_bounced": True,
                "task": False,
                "task_by": False,
                "tries": 0,
                "next_try_at": False,
            }
        )
        members.connection_id._remove_bounced()

    # --- undo ------------------------------------------------------------------------
    def _reset(self, reason):
        """What was moved out comes back; in the tools nobody is put back by it."""
        addresses = super()._reset(reason)
        for address in addresses.with_context(newsletter_leaving=True):
            address._put_back()
        return addresses

    def _put_back(self):
        self.ensure_one()
        for move in self.move_ids.filtered(lambda each: not each.restored_at):
            record = self.env[move.res_model].browse(move.res_id).exists()
            name = record._newsletter_email_field()
            if record and not record[name]:
                record[name] = move.value
                record.message_post(
                    body=self.env._("The address %s works again.", move.value)
                )
            move.restored_at = fields.Datetime.now()
        members = self.env["newsletter.member"].with_context(active_test=False)
        own = members.search(
            [("email", "=", self.email), ("company_id", "=", self.company_id.id)]
        )
        own.filtered("remove_bounced").write({"remove_bounced": False})

    def action_move_out(self):
        """The rule by hand, for one address."""
        self.check_access("read")
        if not self.env.user.has_group("newsletter_sync.group_manager"):
            raise UserError(
                self.env._("Only newsletter managers may move addresses out.")
            )
        # sudo: states are written by code only, this is one of the offered actions
        self.sudo().filtered(
            lambda each: each.state == "hard_bounce" and not each.moved
        )._move_out()


class NewsletterRecipient(models.AbstractModel):
    _inherit = "newsletter.recipient"

    def _newsletter_note_bounce(self, address):
        """The dated note that keeps the address (J05)."""
        self.ensure_one()
        text = self.env._(
            "Hard bounce, so the e-mail was removed on %(date)s (%(email)s). "
            "%(teller)s: %(why)s",
            date=fields.Date.to_string(address.last_at),
            email=address.email,
            teller=address.source,
            why=address.text or address.code or "–",
        )
        self.message_post(body=text)
        if "comment" in self._fields:
            before = Markup(self.comment) if not is_html_empty(self.comment) else ""
            self.comment = before + Markup("<p>%s</p>") % text


class NewsletterMember(models.Model):
    _inherit = "newsletter.member"

    remove_bounced = fields.Boolean(
        help="The address does not exist; the person is to be removed in the tool."
    )

    _bounced = models.Index("(connection_id) WHERE remove_bounced")
