"""One Odoo mailing list ↔ one list of the tool."""

from odoo import api, fields, models

from .newsletter_run import OPEN_STATES


class NewsletterCoupling(models.Model):
    """Joins two lists. The wizard makes one for each list that somebody pushes to.

    Without an Odoo mailing list it is one-way: people are pushed by hand and their
    members remembered; coupling a mailing list to it later keeps them.
    """

    _name = "newsletter.coupling"
    _description = "Newsletter Coupling"
    _order = "connection_id, name, id"
    _check_company_auto = True

    name = fields.Char(compute="_compute_name", store=True)
    active = fields.Boolean(default=True)
    connection_id = fields.Many2one(
        related="remote_list_id.connection_id", store=True, index=True
    )
    company_id = fields.Many2one(
        related="connection_id.company_id", store=True, index=True
    )
    remote_list_id = fields.Many2one(
        "newsletter.remote.list",
        string="List in the Tool",
        required=True,
        ondelete="restrict",
        index=True,
        check_company=True,
    )
    remote_id = fields.Char(
        related="remote_list_id.remote_id", string="ID of the List in the Tool"
    )
    # a coupling that has ended must not keep anybody from deleting the list
    mailing_list_id = fields.Many2one(
        "mailing.list", string="Mailing List in Odoo", ondelete="set null", index=True
    )
    direction = fields.Selection(
        [
            ("both", "Both ways"),
            ("to_tool", "Odoo → newsletter tool"),
            ("to_odoo", "Newsletter tool → Odoo"),
        ],
        required=True,
        default="to_tool",
    )
    automation = fields.Selection(
        [
            ("manual", "Nothing by itself"),
            ("safe", "Safe things by itself"),
            ("all", "Everything by itself"),
        ],
        required=True,
        default="safe",
        help="Opt-outs travel by themselves in every case. Safe things are leavings, "
        "returns, updates without a conflict and new people from the tool.",
    )
    status_rule = fields.Selection(
        [("consent", "Consent decides"), ("newest", "The later date decides")],
        required=True,
        default="consent",
        help="Consent decides: leaving beats joining at once, joining after leaving "
        "needs newer proof. The later date decides: as in older tools. By either rule "
        "the tool is told of an opt-out in Odoo at once.",
    )
    new_contacts = fields.Selection(
        [
            ("mailing_contact", "Create a mailing contact"),
            ("contact", "Create a contact"),
            ("ask", "Ask"),
        ],
        string="Unknown People in the Tool",
        required=True,
        default="mailing_contact",
    )
    missing_in_tool = fields.Selection(
        [("ask", "Ask"), ("transmit", "Transmit if the consent allows it")],
        string="People Missing in the Tool",
        required=True,
        default="ask",
    )
    join = fields.Selection(
        [
            ("transmit", "Subscribe directly"),
            ("signup", "Let the tool ask by its own double opt-in"),
        ],
        string="Joining",
        required=True,
        default="transmit",
    )
    brake_percent = fields.Integer(
        string="Safety Brake (%)",
        default=20,
        help="A fetch in which more than this part of the known people is missing "
        "stops and asks. 0: never.",
    )
    state = fields.Selection(
        [("active", "Running"), ("paused", "Paused"), ("ended", "Ended")],
        default="active",
        required=True,
    )
    user_id = fields.Many2one(
        "res.users", string="Responsible", default=lambda self: self.env.user
    )
    description = fields.Text()

    # What was read last: a full read every night, only changes in between.
    fetched_at = fields.Datetime(string="Last Fetch", readonly=True)
    full_fetched_at = fields.Datetime(string="Last Complete Fetch", readonly=True)
    member_ids = fields.One2many("newsletter.member", "coupling_id")
    member_count = fields.Integer(compute="_compute_member_count")

    _once = models.UniqueIndex(
        "(remote_list_id) WHERE active", "This list is coupled already."
    )

    @api.depends("remote_list_id.name", "mailing_list_id.name")
    def _compute_name(self):
        for coupling in self:
            names = [coupling.remote_list_id.name, coupling.mailing_list_id.name]
            coupling.name = " ↔ ".join(name for name in names if name)

    def _compute_member_count(self):
        counts = dict(
            self.env["newsletter.member"]._read_group(
                [("coupling_id", "in", self.ids)], ["coupling_id"], ["__count"]
            )
        )
        for coupling in self:
            coupling.member_count = counts.get(coupling, 0)

    def _start_run(self, kind, **values):
        """Begin a run of this coupling, or join the one that is open already.

        :param kind: ``fetch``, ``reconcile`` or ``transmit``
        :return: the id of the run, committed in a transaction of its own
        """
        self.ensure_one()
        runner = self.env["newsletter.runner"]
        if open_run := self._open_run(kind):
            return open_run.id
        newest = self._newest_run()
        with runner._one_after_another(self._name, self.id):
            # somebody may have begun one meanwhile that this transaction does not see
            begun = runner._in_transaction(
                lambda own: self.with_env(own.env)._open_run(kind, newest).id
            )
            return begun or runner._start(self._run_values(kind, values))

    def _newest_run(self):
        """Id of the newest run that this transaction sees."""
        # sudo: as in _open_run
        runs = self.env["newsletter.run"].sudo()
        return runs.search([("coupling_id", "=", self.id)], limit=1).id or 0

    def _open_run(self, kind, after=0):
        """The run of this kind that is open already.

        :param after: only one that is newer than the run of this id
        """
        # sudo: runs are started by the offered actions and by the scheduler only
        return (
            self.env["newsletter.run"]
            .sudo()
            .search(
                [
                    ("coupling_id", "=", self.id),
                    ("kind", "=", kind),
                    ("state", "in", (*OPEN_STATES, "preview")),
                    ("cancel_requested", "=", False),
                    ("id", ">", after),
                ],
                limit=1,
            )
        )

    def _run_values(self, kind, values):
        phases = {"fetch": "fields", "reconcile": "compare", "transmit": "compare"}
        return {
            "kind": kind,
            "phase": phases[kind],
            "state": "collecting" if kind == "transmit" else "queued",
            "coupling_id": self.id,
            "connection_id": self.connection_id.id,
            "remote_list_id": self.remote_list_id.id,
            "user_id": self.env.uid,
            **values,
        }

    def action_open_members(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "newsletter_sync.action_newsletter_member"
        )
        return {**action, "domain": [("coupling_id", "=", self.id)], "context": {}}
