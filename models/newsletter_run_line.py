"""One selected record in a run: what is planned for it, and what became of it."""

from odoo import api, fields, models
from odoo.tools import SQL

from .newsletter_member import STATUSES

REASONS = [
    ("no_address", "No e-mail address"),
    ("invalid", "Invalid e-mail address"),
    ("no_mailing", "Marked [NO MAILING]"),
    ("archived", "Archived"),
    ("duplicate", "Twice in the selection"),
    ("blocklisted", "On the blocklist"),
    ("unwanted", "E-mails not wanted"),
    ("forgotten", "Erased and must not come back"),
    ("withdrawn", "Consent withdrawn"),
    ("left_list", "Has left this list"),
    ("pending", "Double opt-in not confirmed yet"),
    ("none", "No consent"),
    ("single", "Single opt-in only"),
    ("aged", "Consent too old, to be confirmed anew"),
    ("undeliverable", "Address undeliverable"),
    ("blocked_in_tool", "Blocked in the newsletter tool"),
    ("existing", "Already there, updating was switched off"),
    ("changed", "Changed since the preview"),
    ("gone", "Deleted since the preview"),
    ("settled", "Done already by another run"),
    ("quota", "The plan of the account would be exceeded"),
]

REFUSALS = [
    ("refused_invalid", "The tool calls the address invalid"),
    ("refused_compliance", "The tool forbids it after an unsubscription or bounce"),
    ("refused_forgotten", "Deleted for good in the tool"),
    ("refused_blocked", "Blocked in the tool"),
    ("refused_quota", "The plan of the tool is full"),
    ("refused_too_many_signups", "The tool counts too many sign-ups of this address"),
    ("refused_duplicate", "The tool calls it a duplicate"),
    ("refused_field", "The tool does not accept a field's value"),
    ("refused_other", "Refused by the tool"),
]

PLANS = [
    ("new", "New"),
    ("update", "Update"),
    ("unchanged", "Unchanged"),
    ("unknown", "New or already there"),
    ("skip", "Left out"),
    ("transmit", "Subscribe"),
    ("signup", "Ask by the tool's double opt-in"),
    ("unsubscribe", "Unsubscribe"),
    ("delete", "Remove from the list"),
    ("change_address", "Change the address"),
]

RESULTS = [
    ("waiting", "Waiting"),
    ("in_flight", "Being sent"),
    ("subscribed", "Newly subscribed"),
    ("updated", "Updated"),
    ("unchanged", "Unchanged"),
    ("skipped", "Left out"),
    ("failed", "Failed"),
    ("asked", "Asked by the tool"),
    ("unsubscribed", "Unsubscribed"),
    ("deleted", "Removed from the list"),
    ("moved", "Address changed"),
    ("unverified", "Not confirmed by the tool"),
]


class NewsletterRunLine(models.Model):
    """Lines exist for every selected record, also for those that are left out."""

    _name = "newsletter.run.line"
    _description = "Person in a Newsletter Run"
    _order = "run_id desc, id"
    _check_company_auto = True

    run_id = fields.Many2one(
        "newsletter.run", required=True, ondelete="cascade", readonly=True
    )
    company_id = fields.Many2one(related="run_id.company_id", store=True)
    res_model = fields.Char(required=True, readonly=True)
    res_id = fields.Many2oneReference(
        model_field="res_model", required=True, readonly=True, string="Record"
    )
    name = fields.Char(readonly=True)
    email = fields.Char(readonly=True, help="Normalised address.")
    raw_email = fields.Char(string="Address as Stored", readonly=True)
    plan = fields.Selection(PLANS, readonly=True)
    result = fields.Selection(RESULTS, readonly=True, default="waiting")
    reason = fields.Selection(REASONS + REFUSALS, readonly=True)
    message = fields.Char(readonly=True)
    consent = fields.Char(readonly=True)
    remote_id = fields.Char(string="Recipient ID", readonly=True)
    remote_status = fields.Selection(
        STATUSES, string="Status in the Tool", readonly=True
    )
    remote_status_at = fields.Datetime(readonly=True)
    values = fields.Json(readonly=True)
    # what the tool says now, for the dry run of a transmission
    old_values = fields.Json(readonly=True)
    member_id = fields.Many2one(
        "newsletter.member", readonly=True, ondelete="set null", index="btree_not_null"
    )
    digest = fields.Char(readonly=True)
    partner_id = fields.Many2one(
        "res.partner", readonly=True, ondelete="set null", index="btree_not_null"
    )
    contact_id = fields.Many2one(
        "mailing.contact", readonly=True, ondelete="set null", index="btree_not_null"
    )
    lead_id = fields.Many2one(
        "crm.lead", readonly=True, ondelete="set null", index="btree_not_null"
    )
    seen = fields.Boolean(readonly=True, help="Found in the tool by this run.")
    tries = fields.Integer(readonly=True)

    _of_run = models.Index("(run_id, result, plan)")
    _address = models.Index("(run_id, email)")

    def init(self):
        """Room beside each line, for it is written again soon, as a mark before it is
        sent: a version on the same page needs no entry in any index."""
        table = SQL.identifier(self._table)
        self.env.cr.execute(SQL("ALTER TABLE %s SET (fillfactor = 50)", table))

    def action_open_record(self):
        """Open the contact, lead or consent that this line is about."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": self.res_model,
            "res_id": self.res_id,
            "view_mode": "form",
        }

    @api.model
    def _summary(self, run, rows):
        """Turn grouped counts into the numbers that a clerk reads.

        :param rows: tuples (result, plan, reason, remote_status, count)
        """
        planned = run.state in ("collecting", "preview")
        keys = {}
        for result, plan, reason, status, count in rows:
            key = self._number_key(planned, result, plan, reason, status)
            keys[key] = keys.get(key, 0) + count
        order = self._number_order(planned)
        labels = self._number_labels(planned)
        return [
            {
                "key": "-".join(filter(None, key)),
                "label": labels[key],
                "count": keys[key],
                "level": self._number_level(key),
                "domain": self._number_domain(planned, key),
            }
            for key in order
            if key in keys
        ]

    @api.model
    def _number_key(self, planned, result, plan, reason, status):
        """The number a line counts for: (group, reason or "")."""
        if result in ("skipped", "failed"):
            return (result, reason or "refused_other")
        if planned:
            return (plan or "unknown", "")
        if result in ("updated", "unchanged") and status not in (False, "subscribed"):
            return (result, "still_left")
        return (result, "")

    @api.model
    def _number_order(self, planned):
        heads = (
            [(plan, "") for plan, _label in PLANS if plan != "skip"]
            if planned
            else [
                ("subscribed", ""),
                ("updated", ""),
                ("updated", "still_left"),
                ("unchanged", ""),
                ("unchanged", "still_left"),
                ("asked", ""),
                ("unsubscribed", ""),
                ("deleted", ""),
                ("moved", ""),
                ("unverified", ""),
                ("waiting", ""),
                ("in_flight", ""),
            ]
        )
        reasons = [reason for reason, _label in REASONS + REFUSALS]
        return [
            *heads,
            *(("skipped", reason) for reason in reasons),
            *(("failed", reason) for reason in reasons),
        ]

    @api.model
    def _number_labels(self, planned):
        def selection(field):
            return dict(self._fields[field]._description_selection(self.env))

        reasons = selection("reason")
        labels = {
            (key, ""): label
            for key, label in selection("plan" if planned else "result").items()
        }
        if planned:
            labels[("new", "")] = self.env._("Will be newly subscribed")
            labels[("update", "")] = self.env._("Will be updated")
            labels[("unchanged", "")] = self.env._("Unchanged, nothing to send")
            labels[("unknown", "")] = self.env._(
                "New or already there (looked up when you synchronise)"
            )
        labels[("updated", "still_left")] = self.env._(
            "Updated, but not subscribed in the tool; stays so"
        )
        labels[("unchanged", "still_left")] = self.env._(
            "Unchanged, and not subscribed in the tool; stays so"
        )
        for key, label in reasons.items():
            labels[("skipped", key)] = self.env._("Left out: %s", label)
            labels[("failed", key)] = self.env._("Failed: %s", label)
        return labels

    @api.model
    def _number_level(self, key):
        group, reason = key
        if group in ("failed", "unverified"):
            return "danger"
        if (
            group in ("new", "subscribed", "update", "updated", "transmit")
            and not reason
        ):
            return "success"
        return "warning" if group == "skipped" or reason else "info"

    @api.model
    def _number_domain(self, planned, key):
        group, reason = key
        if group in ("skipped", "failed"):
            return [("result", "=", group), ("reason", "=", reason)]
        if planned:
            return [("plan", "=", group), ("result", "=", "waiting")]
        if group not in ("updated", "unchanged"):
            return [("result", "=", group)]
        if reason:
            return [
                ("result", "=", group),
                ("remote_status", "not in", (False, "subscribed")),
            ]
        return [
            ("result", "=", group),
            ("remote_status", "in", (False, "subscribed")),
        ]
