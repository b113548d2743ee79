"""What the returns of one address come to, and how it is set right again."""

from datetime import timezone

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..sync import bounce as rules
from ..sync.vocabulary import Status

STATES = [
    ("soft_bounce", "Temporarily undeliverable"),
    ("general_bounce", "Returned"),
    ("hard_bounce", "Undeliverable"),
    ("reset", "Deliverable again"),
]


class NewsletterBounceAddress(models.Model):
    """What the returns of one address come to; holds for every list of the company.

    Being undeliverable is no opt-out, and the other way round (B6): consent and address
    stay. A change of address or a named user sets it right again (B5).
    """

    _name = "newsletter.bounce.address"
    _description = "Undeliverable Address"
    _order = "last_at desc, id desc"
    _rec_name = "email"

    email = fields.Char(string="E-mail", required=True, readonly=True, index=True)
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True
    )
    state = fields.Selection(STATES, required=True, readonly=True, index=True)
    first_at = fields.Datetime(string="First Return", readonly=True)
    last_at = fields.Datetime(string="Last Return", readonly=True)
    count = fields.Integer(string="Returns", readonly=True)
    code = fields.Char(readonly=True)
    text = fields.Char(string="Explanation of the Server", readonly=True)
    source = fields.Char(readonly=True, help="The tool that told it, or Odoo.")
    moved_hint = fields.Boolean(
        string="Has Moved",
        readonly=True,
        help="The server says that this mailbox has another address now.",
    )
    reset_at = fields.Datetime(string="Set Right at", readonly=True)
    reset_by = fields.Many2one("res.users", string="Set Right by", readonly=True)
    reset_reason = fields.Char(string="Set Right Because", readonly=True)
    bounce_ids = fields.Many2many("newsletter.bounce", compute="_compute_bounce_ids")
    partner_id = fields.Many2one(
        "res.partner", compute="_compute_partner_id", string="Contact"
    )

    _address_once = models.UniqueIndex(
        "(company_id, email)", "The state of this address is known already."
    )

    def _compute_bounce_ids(self):
        for address in self:
            address.bounce_ids = self.env["newsletter.bounce"].search(
                [
                    ("email", "=", address.email),
                    ("company_id", "=", address.company_id.id),
                ]
            )

    def _compute_partner_id(self):
        found = {}
        for partner in self.env["res.partner"].search(
            [("email_normalized", "in", self.mapped("email"))], order="id desc"
        ):
            found[partner.email_normalized] = partner.id
        for address in self:
            address.partner_id = found.get(address.email, False)

    @api.model
    def _thresholds(self):
        """What an administrator has set, in ``sync.bounce``'s terms."""
        # sudo: system parameters, readable by the system only
        read = self.env["ir.config_parameter"].sudo().get_param
        usual = rules.Thresholds()
        values = {}
        for name in ("repeated", "repeated_days", "soft", "soft_days"):
            text = read(f"newsletter_sync.bounce_{name}", "")
            values[name] = int(text) if text.isdigit() else getattr(usual, name)
        return rules.Thresholds(**values)

    @api.model
    def _judge(self, emails, company):
        """Let the states of addresses follow from all their returns.

        :return: the addresses that became undeliverable just now
        """
        here = [("email", "in", list(emails)), ("company_id", "=", company.id)]
        bounces = self.env["newsletter.bounce"].search(here, order="date, id")
        by_email = bounces.grouped("email")
        known = {address.email: address for address in self.search(here)}
        delivered = self._delivered(emails)
        thresholds = self._thresholds()
        became, new = self.browse(), []
        for email, own in by_email.items():
            address = known.get(email, self.browse())
            if address.reset_at:
                own = own.filtered(lambda each, a=address: each.date > a.reset_at)
            events = [
                rules.Event(
                    rules.Kind(each.kind), each.date.replace(tzinfo=timezone.utc)
                )
                for each in own
            ]
            status = rules.judge(events, delivered.get(email), thresholds)
            if status is None:
                continue
            values = self._state_values(own, status)
            if not address:
                new.append({"email": email, "company_id": company.id, **values})
                continue
            if status is Status.HARD_BOUNCE and address.state != "hard_bounce":
                became |= address
            address.write(values)
        became |= self.create(new).filtered(lambda each: each.state == "hard_bounce")
        became._became_undeliverable()
        return became

    @api.model
    def _state_values(self, bounces, status):
        about = bounces.filtered(
            lambda each: rules.Kind(each.kind) in rules.ABOUT_ADDRESS
        )
        last = about[-1:]
        connection = last.connection_id
        return {
            "state": status.value,
            "first_at": about[:1].date,
            "last_at": last.date,
            "count": len(about),
            "code": last.code,
            "text": last.text,
            "source": connection._connector_class().label if connection else "Odoo",
            "moved_hint": rules.suggests_move(last.code or "", last.text or ""),
        }

    @api.model
    def _delivered(self, emails):
        """{address: when a person is known to have read a mail of Odoo's last}."""
        found = {}
        for trace in self.env["mailing.trace"].search(
            [("email", "in", list(emails)), ("open_datetime", "!=", False)]
        ):
            at = max(trace.open_datetime, trace.reply_datetime or trace.open_datetime)
            at = at.replace(tzinfo=timezone.utc)
            found[trace.email] = max(at, found.get(trace.email, at))
        return found

    def _became_undeliverable(self):
        """Say so in the log; what shall happen then is a rule of the company."""
        self.env["newsletter.event"]._log_many(
            {
                "code": "undeliverable",
                "level": "warning",
                "company_id": address.company_id.id,
                "record": address,
                "text": self.env._(
                    "%(email)s is undeliverable (%(teller)s: %(why)s).",
                    email=address.email,
                    teller=address.source,
                    why=address.text or address.code or "–",
                ),
            }
            for address in self
        )

    # --- asked by others -------------------------------------------------------------
    @api.model
    def _undeliverable(self, emails, company=None):
        """Those of the addresses that must not be mailed (a set)."""
        domain = [("email", "in", list(emails)), ("state", "=", "hard_bounce")]
        if company:
            domain.append(("company_id", "=", company.id))
        # sudo: what keeps a mail from being sent counts for every user
        return set(self.sudo().search(domain).mapped("email"))

    # --- set right -------------------------------------------------------------------
    def _reset(self, reason):
        """The address works again, says a named user; returns of before do not count.

        :raises UserError: without a reason
        """
        if not (reason or "").strip():
            raise UserError(self.env._("Say how you know that the address works."))
        # sudo: states are written by code only; who did it is kept
        open_ones = self.sudo().filtered(lambda address: address.state != "reset")
        open_ones.write(
            {
                "state": "reset",
                "reset_at": fields.Datetime.now(),
                "reset_by": self.env.uid,
                "reset_reason": reason,
            }
        )
        self.env["newsletter.event"]._log_many(
            {
                "code": "deliverable_again",
                "company_id": address.company_id.id,
                "record": address,
                "user_id": self.env.uid,
                "text": self.env._(
                    "%(user)s: %(email)s can be mailed again.",
                    user=self.env.user.name,
                    email=address.email,
                ),
                "detail": reason,
            }
            for address in open_ones
        )
        return open_ones

    def action_reset(self):
        """The button: deliverable again, by whom stands beside it."""
        self.check_access("read")
        self._reset(self.env._("Set right by %s.", self.env.user.name))
