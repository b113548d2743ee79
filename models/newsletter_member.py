"""One address on one coupling: what both sides say, and what they last agreed on."""

from odoo import api, fields, models

STATUSES = [
    ("subscribed", "Subscribed"),
    ("unsubscribed", "Unsubscribed"),
    ("pending", "Confirmation pending"),
    ("hard_bounce", "Undeliverable (hard)"),
    ("soft_bounce", "Undeliverable (soft)"),
    ("general_bounce", "Returned"),
    ("blocked", "Blocked"),
]


class NewsletterMember(models.Model):
    """The memory of the synchronisation; holds the tool's own recipient id.

    The link to the partner lives here, not on ``mailing.contact``.
    """

    _name = "newsletter.member"
    _description = "Newsletter Member"
    _order = "coupling_id, email, id"
    _rec_name = "email"
    _check_company_auto = True

    active = fields.Boolean(default=True)
    coupling_id = fields.Many2one(
        "newsletter.coupling",
        required=True,
        ondelete="restrict",
        index=True,
        check_company=True,
    )
    connection_id = fields.Many2one(
        related="coupling_id.connection_id", store=True, index=True
    )
    company_id = fields.Many2one(
        related="connection_id.company_id", store=True, index=True
    )
    email = fields.Char(required=True, index=True)
    name = fields.Char()
    remote_id = fields.Char(string="Recipient ID", help="The tool's own recipient id.")

    partner_id = fields.Many2one(
        "res.partner", ondelete="set null", index="btree_not_null"
    )
    contact_id = fields.Many2one(
        "mailing.contact", ondelete="set null", index="btree_not_null"
    )
    lead_id = fields.Many2one("crm.lead", ondelete="set null", index="btree_not_null")

    local_status = fields.Selection(STATUSES, string="Status in Odoo")
    local_status_at = fields.Datetime(string="Set at")
    local_status_by = fields.Char(string="Set by")
    remote_status = fields.Selection(STATUSES, string="Status in the Tool")
    remote_status_at = fields.Datetime(string="Changed in the Tool at")
    result = fields.Selection(
        [
            ("success", "Agrees"),
            ("new_in_list", "New on the list"),
            ("new_contact", "New contact"),
            ("not_in_tool", "Not in the tool"),
            ("conflict", "Conflict"),
            ("aborted", "Aborted"),
            ("blocked", "Blocked"),
        ],
        string="Comparison",
    )
    result_text = fields.Char(string="Explanation")
    task = fields.Selection(
        [
            ("transmit", "Transmit"),
            ("update", "Update"),
            ("signup", "Start sign-up"),
            ("unsubscribe", "Unsubscribe"),
            ("delete", "Delete"),
            ("change_address", "Change address"),
        ]
    )
    task_at = fields.Datetime(string="Decided at")
    task_by = fields.Many2one("res.users", string="Decided by", ondelete="set null")
    # digest of the difference that the person decided about; "-": there was none
    task_difference = fields.Char()
    task_rule = fields.Char(help="The rule that set the task, if no person did.")
    # {mapping id: value} that a person chose for differing fields
    task_values = fields.Json()
    # {mapping id: value} that the task writes in the tool, as the comparison found it
    task_sends = fields.Json()
    outdated = fields.Boolean(
        string="Outdated Decision", help="The facts changed after the decision."
    )
    tries = fields.Integer(help="Failed tries of the task in a row.")
    next_try_at = fields.Datetime()
    parked = fields.Boolean(
        string="Parked after Several Tries",
        help="Given up after several tries; a person must look.",
    )
    accepted_digest = fields.Char(
        help="Digest of a difference that somebody accepted; it is no conflict again."
    )

    # The base: what both sides agreed on last. Values are keyed by mapping id as text.
    base_status = fields.Selection(STATUSES, string="Agreed Status")
    base_values = fields.Json()
    base_digest = fields.Char(
        help="Digest of the values that both sides agreed on last."
    )
    # What each side says now where it differs from the base; empty: as agreed.
    local_values = fields.Json()
    remote_values = fields.Json()
    remote_digest = fields.Char(help="Digest of the values that the tool told last.")
    remote_email = fields.Char(
        string="Address in the Tool", help="Set if the tool has another address."
    )
    difference_digest = fields.Char(help="Digest of the difference that is open now.")
    opt_in_at = fields.Datetime(
        string="Opt-in in the Tool", help="When the tool itself saw the confirmation."
    )
    opt_in_ip = fields.Char(groups="newsletter_sync.group_privacy")
    reason = fields.Char(help="Why the person left, in the tool's words.")
    synced_at = fields.Datetime(string="Last Synchronised")
    # Plain number of the run that put the person on the list in Odoo; a foreign key
    # would search all members whenever a run is deleted.
    added_run = fields.Integer()
    added = fields.Selection(
        [
            ("list", "Put on the list"),
            ("mailing_contact", "Mailing contact created"),
            ("contact", "Contact created"),
        ],
        string="Added by the Comparison",
    )

    _address_once = models.UniqueIndex(
        "(coupling_id, email) WHERE active", "This address is on the list already."
    )
    _recipient = models.Index("(coupling_id, remote_id) WHERE remote_id IS NOT NULL")
    _open_task = models.Index("(coupling_id, task) WHERE task IS NOT NULL")

    @api.model
    def _record_field(self, model):
        """The link field for a kind of record, or None."""
        return {
            "res.partner": "partner_id",
            "mailing.contact": "contact_id",
            "crm.lead": "lead_id",
        }.get(model)

    def action_open_record(self):
        self.ensure_one()
        # a lead may be somebody else's, while everybody here may read mailing contacts
        records = (self.partner_id, self.lead_id, self.contact_id)
        allowed = (each for each in records if each and each.has_access("read"))
        record = next(allowed, self)
        return {
            "type": "ir.actions.act_window",
            "res_model": record._name,
            "res_id": record.id,
            "view_mode": "form",
        }
