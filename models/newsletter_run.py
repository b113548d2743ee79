"""One run: a wizard's push, a fetch, a reconcile or a transmission, with its report."""

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import AccessError, UserError

#: every phase of every kind of run; ``newsletter_run_flow`` says which kind has which
PHASES = [
    ("collect", "Collecting the people"),
    ("fields", "Comparing the fields"),
    ("read", "Reading the tool's list"),
    ("decide", "Waiting for your decision"),
    ("create_fields", "Creating missing fields"),
    ("lookup", "Looking up the people in the tool"),
    ("compare", "Comparing both sides"),
    ("enter", "Taking in new people"),
    ("reconcile", "Deciding about the differences"),
    ("plan", "Planning the transmission"),
    ("account", "Asking for the plan of the account"),
    ("transmit", "Transmitting"),
    ("verify", "Reading back what was transmitted"),
    ("finish", "Finishing the report"),
]

OPEN_STATES = ("collecting", "queued", "running")
#: kinds of runs by which people go: no other keeps them waiting, and none waits long
URGENT = ("leave", "erase", "webhook")


class NewsletterRun(models.Model):
    """What was asked for, how far it is, and what became of every single person.

    The row is the memory that lets a killed run go on: ``phase`` and ``cursor`` say
    where, the lines say for whom. Only the runner and its steps write it.
    """

    _name = "newsletter.run"
    _description = "Newsletter Run"
    _order = "id desc"
    _check_company_auto = True

    name = fields.Char(compute="_compute_name", store=True)
    kind = fields.Selection(
        [
            ("push", "Synchronisation by hand"),
            ("fetch", "Fetch"),
            ("reconcile", "Reconcile"),
            ("transmit", "Transmission"),
        ],
        required=True,
        default="push",
        readonly=True,
    )
    state = fields.Selection(
        [
            ("collecting", "Preparing"),
            ("preview", "Preview"),
            ("queued", "Waiting"),
            ("running", "Running"),
            ("done", "Done"),
            ("cancelled", "Cancelled"),
            ("stopped", "Stopped"),
        ],
        required=True,
        default="collecting",
        readonly=True,
        index=True,
    )
    phase = fields.Selection(PHASES, default="collect", readonly=True)
    connection_id = fields.Many2one(
        "newsletter.connection",
        required=True,
        readonly=True,
        ondelete="cascade",
        index=True,
        check_company=True,
    )
    company_id = fields.Many2one(
        related="connection_id.company_id", store=True, index=True
    )
    remote_list_id = fields.Many2one(
        "newsletter.remote.list",
        string="List in the Tool",
        readonly=True,
        ondelete="cascade",
        check_company=True,
    )
    coupling_id = fields.Many2one(
        "newsletter.coupling", readonly=True, ondelete="set null", check_company=True
    )
    user_id = fields.Many2one(
        "res.users",
        string="Started by",
        readonly=True,
        default=lambda self: self.env.user,
    )
    res_model = fields.Char(readonly=True, string="Kind of Record")
    # may hold thousands of ids; every slice reads the run, one kind of step needs them
    selection_domain = fields.Json(readonly=True, prefetch=False)
    include_single = fields.Boolean(string="Also Single Opt-ins", readonly=True)
    update_existing = fields.Boolean(default=True, readonly=True)
    create_fields = fields.Boolean(
        string="Create Missing Fields", default=True, readonly=True
    )
    whole = fields.Boolean(
        readonly=True, help="Read the whole list, not only what changed."
    )
    by_itself = fields.Boolean(
        readonly=True, help="Begun by the coupling's automation, without an approval."
    )
    cursor = fields.Json(readonly=True)
    missing_fields = fields.Char(
        readonly=True, help="Fields that are not in the newsletter tool yet."
    )

    selected = fields.Integer(
        readonly=True, help="Records that were selected when the run began."
    )
    total = fields.Integer(readonly=True)
    done = fields.Integer(readonly=True)
    progress = fields.Float(compute="_compute_progress")
    requests = fields.Integer(
        string="Calls", readonly=True, help="Calls to the newsletter tool."
    )
    started_at = fields.Datetime(readonly=True)
    finished_at = fields.Datetime(readonly=True)
    message = fields.Char(readonly=True)
    tries = fields.Integer(
        readonly=True, help="Failed tries in a row; each waits longer."
    )
    next_try_at = fields.Datetime(readonly=True)
    cancel_requested = fields.Boolean(readonly=True)
    line_ids = fields.One2many("newsletter.run.line", "run_id", readonly=True)
    event_ids = fields.One2many("newsletter.event", "run_id", readonly=True)
    numbers = fields.Json(compute="_compute_numbers")

    @api.depends("kind", "remote_list_id")
    def _compute_name(self):
        for run in self:
            number = run.id if isinstance(run.id, int) else ""
            run.name = f"{run.remote_list_id.name or run.connection_id.name} #{number}"

    @api.depends("total", "done", "state")
    def _compute_progress(self):
        for run in self:
            if run.state == "done":
                run.progress = 100.0
            else:
                run.progress = 100.0 * run.done / run.total if run.total else 0.0

    def _compute_numbers(self):
        for run in self:
            run.numbers = run._count_lines()

    def _count_lines(self):
        """Numbers of the preview or the report; each opens its records.

        :return: rows ``{key, label, count, level, domain}`` in the order of reading
        """
        self.ensure_one()
        lines = self.env["newsletter.run.line"]
        rows = lines._read_group(
            [("run_id", "=", self.id)],
            ["result", "plan", "reason", "remote_status"],
            ["__count"],
        )
        hidden = max(0, self.selected - sum(row[-1] for row in rows))
        return lines._summary(self, rows) + (
            [
                {
                    "key": "hidden",
                    "label": self.env._("Not visible for this company or deleted"),
                    "count": hidden,
                    "level": "warning",
                    "domain": [("id", "=", 0)],
                }
            ]
            if hidden and self.state != "collecting"
            else []
        )

    # --- buttons -------------------------------------------------------------
    def _check_may_run(self):
        """Rights are checked again at each start, not only where the action stands."""
        self.check_access("read")
        for run in self:
            user = run.user_id or self.env.user
            # what the scheduler starts by itself is allowed by the coupling
            if user.id != SUPERUSER_ID and not user.has_group(
                "newsletter_sync.group_user"
            ):
                raise AccessError(
                    self.env._(
                        "%s may not synchronise: the right “Newsletter Tools / User” "
                        "is missing.",
                        user.name,
                    )
                )

    def action_resume(self):
        """Take up a stopped run again; people in flight are read back first."""
        self._check_may_run()
        # sudo: runs are read-only for users, this is one of the offered actions
        for run in self.sudo().filtered(lambda run: run.state == "stopped"):
            if run.connection_id.state != "connected":
                raise UserError(
                    self.env._("Connect “%s” first.", run.connection_id.name)
                )
            run.write(
                {
                    "state": "queued",
                    "tries": 0,
                    "next_try_at": False,
                    "message": False,
                    # whoever resumes has thought better of it
                    "cancel_requested": False,
                }
            )
        self.env["newsletter.runner"]._wake()

    def action_open_lines(self, domain=None, title=None):
        """Open the lines behind a number."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "newsletter_sync.action_newsletter_run_line"
        )
        return {
            **action,
            "name": title or action["name"],
            "domain": [("run_id", "=", self.id), *(domain or [])],
            "context": {},
        }

    def action_open_events(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "newsletter_sync.action_newsletter_event"
        )
        return {**action, "domain": [("run_id", "=", self.id)], "context": {}}

    def action_open_tool(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_url",
            "url": self.remote_list_id.web_url
            or self.connection_id.web_url
            or self.connection_id._connector_class().website,
            "target": "new",
        }

    def action_export_xlsx(self):
        return self._export("xlsx")

    def action_export_csv(self):
        return self._export("csv")

    def _export(self, file_type):
        self.ensure_one()
        return {
            "type": "ir.actions.act_url",
            "url": f"/newsletter_sync/run/{self.id}/report.{file_type}",
            "target": "download",
        }

    def _report_names(self):
        """Columns of the exported report: fields of the lines."""
        return [
            *("name", "email", "raw_email", "result", "reason", "message"),
            *("consent", "remote_id", "remote_status"),
        ]

    def _report_detail_names(self):
        """Headings of what stands behind these columns."""
        return []

    def _report_details(self, line):
        """Rows of details of a line; it is repeated for each of them."""
        return [()]

    def _open_report(self):
        """The screen of this run."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Synchronisation Report"),
            "res_model": "newsletter.run",
            "res_id": self.id,
            "view_mode": "form",
            "views": [(False, "form")],
            "target": "current",
        }
