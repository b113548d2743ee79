"""The account panel: defaults of an account, its plan, its pages, what waits there."""

from urllib.parse import urlsplit

from odoo import api, fields, models

#: fields of a coupling that an account has a default for, as ``coupling_<name>``
DEFAULTS = (
    "automation",
    "status_rule",
    "new_contacts",
    "missing_in_tool",
    "join",
    "brake_percent",
)
#: names of settings that a sender's defaults fill
SENDER = ("sender_name", "sender_email", "reply_to_name", "reply_to_email")


def _selection(name):
    """The choices of a coupling's field, in the user's language."""
    return lambda self: (
        self.env["newsletter.coupling"]._fields[name]._description_selection(self.env)
    )


class NewsletterConnection(models.Model):
    _inherit = "newsletter.connection"

    # --- the sender of mailings and new lists (P02) ---
    sender_name = fields.Char(help="Empty: the name of the company.")
    sender_email = fields.Char(help="Empty: the address of the company.")
    reply_to_name = fields.Char(string="Name for Answers")
    reply_to_email = fields.Char(string="Address for Answers")
    sender_always = fields.Boolean(
        string="Always Use This Sender",
        help="New lists are created with it, and nobody is asked for another.",
    )

    # --- what new couplings begin with (A15); each can be changed at the coupling ---
    coupling_direction = fields.Selection(
        _selection("direction"), string="Direction", required=True, default="both"
    )
    coupling_automation = fields.Selection(
        _selection("automation"), string="Automation", required=True, default="safe"
    )
    coupling_status_rule = fields.Selection(
        _selection("status_rule"),
        string="Status Rule",
        required=True,
        default="consent",
    )
    coupling_new_contacts = fields.Selection(
        _selection("new_contacts"),
        string="Unknown People in the Tool",
        required=True,
        default="mailing_contact",
    )
    coupling_missing_in_tool = fields.Selection(
        _selection("missing_in_tool"),
        string="People Missing in the Tool",
        required=True,
        default="ask",
    )
    coupling_join = fields.Selection(
        _selection("join"), string="Joining", required=True, default="transmit"
    )
    coupling_brake_percent = fields.Integer(string="Safety Brake (%)", default=20)

    # --- the plan (A16) ---
    plan_limit = fields.Integer(
        string="Recipients of Your Plan",
        help="For tools that do not tell it themselves. You are warned before a run "
        "would exceed it.",
    )
    plan_size = fields.Integer(compute="_compute_plan", string="Recipients Allowed")
    plan_used = fields.Float(compute="_compute_plan", string="Used (%)")
    tells_quota = fields.Boolean(compute="_compute_tells_quota")
    tool_pages = fields.Json(compute="_compute_tool_pages")

    @api.depends("quota", "plan_limit", "recipients")
    def _compute_plan(self):
        for connection in self:
            size = connection.quota or connection.plan_limit
            connection.plan_size = size
            connection.plan_used = 100 * connection.recipients / size if size else 0

    @api.depends("provider")
    def _compute_tells_quota(self):
        for connection in self:
            connection.tells_quota = bool(
                connection.provider and connection._connector_class().capabilities.quota
            )

    def _compute_tool_pages(self):
        """Pages of the tool that are known (A08): ``[[title, address], ...]``."""
        titles = {
            "home": self.env._("First page"),
            "mailings": self.env._("Mailings"),
            "reports": self.env._("Reports"),
            "forms": self.env._("Forms"),
            "plan": self.env._("Plan of the Account"),
        }
        for connection in self:
            pages = []
            if connection.id and connection.state != "draft":
                found = {kind: connection._web_page(kind) for kind in titles}
                found["home"] = found["home"] or connection.web_url
                pages = [
                    [titles[kind], address]
                    for kind, address in found.items()
                    # the address may have come from the tool: nothing but a page
                    if address and urlsplit(address).scheme in ("http", "https")
                ]
            connection.tool_pages = pages

    def _list_settings(self):
        """The account's own sender goes before the company's data."""
        own = {name: self[name] for name in SENDER if self[name]}
        return {**super()._list_settings(), **own}

    def _fixed_settings(self):
        """Settings of new lists that nobody is asked for."""
        self.ensure_one()
        if not self.sender_always:
            return {}
        return {name: self[name] for name in SENDER if self[name]}

    def _coupling_defaults(self):
        """{field of a coupling: what this account's couplings begin with}"""
        self.ensure_one()
        return {name: self[f"coupling_{name}"] for name in DEFAULTS}


class NewsletterCoupling(models.Model):
    _inherit = "newsletter.coupling"

    @api.model_create_multi
    def create(self, vals_list):
        """What is not said is as the account's defaults say."""
        remote_lists = self.env["newsletter.remote.list"]
        filled = []
        for vals in vals_list:
            remote_list = remote_lists.browse(vals.get("remote_list_id"))
            connection = remote_list.connection_id
            defaults = connection._coupling_defaults() if connection else {}
            filled.append({**defaults, **vals})
        return super().create(filled)


class NewsletterRun(models.Model):
    _inherit = "newsletter.run"

    plan_message = fields.Char(compute="_compute_plan_message")

    @api.depends("state")
    def _compute_plan_message(self):
        """The warning of a preview that would exceed a plan that was typed in.

        Tools that tell their quota are asked by the transmission itself.
        """
        for run in self:
            run.plan_message = False
            connection = run.connection_id
            limit = connection.plan_limit
            if run.state != "preview" or not limit or connection.tells_quota:
                continue
            new = self.env["newsletter.run.line"].search_count(
                [
                    ("run_id", "=", run.id),
                    ("plan", "in", ("new", "unknown", "transmit", "signup")),
                    ("result", "=", "waiting"),
                ]
            )
            if new and connection.recipients + new > limit:
                run.plan_message = self.env._(
                    "Your plan allows %(limit)s recipients. The tool held %(held)s at "
                    "the last check, and up to %(new)s would join. Enlarge the plan "
                    "first, or expect the tool to refuse or charge the rest.",
                    limit=limit,
                    held=connection.recipients,
                    new=new,
                )
