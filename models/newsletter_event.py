"""The event log: one line for whatever a person may want to know later."""

from odoo import api, fields, models
from odoo.exceptions import UserError

#: so many lines are written by one statement, in a tenth of the time
MANY = 100


class NewsletterEvent(models.Model):
    """One line of the log. Written by code only; a person can mark it as reviewed.

    ``_log`` writes one, ``_log_many`` a batch. Other processes may use both, see
    docs/event_log.md: ``code`` is a stable name, ``text`` says it in words, ``run_id``
    ties the lines of a run.
    """

    _name = "newsletter.event"
    _description = "Newsletter Event"
    _order = "id desc"
    _rec_name = "text"
    _check_company_auto = True
    # a line is written once and says when and who by itself; two foreign keys less are
    # a fifth of its price, and there are millions
    _log_access = False

    date = fields.Datetime(
        required=True, default=fields.Datetime.now, readonly=True, index=True
    )
    level = fields.Selection(
        [("info", "Information"), ("warning", "Warning"), ("error", "Error")],
        required=True,
        default="info",
        readonly=True,
        index=True,
    )
    code = fields.Char(string="Event", required=True, readonly=True, index=True)
    text = fields.Char(readonly=True)
    detail = fields.Text(readonly=True)
    old_value = fields.Char(readonly=True, string="Value in the Tool")
    new_value = fields.Char(readonly=True, string="Value in Odoo")
    rule = fields.Char(readonly=True, help="The rule that decided.")
    reviewed = fields.Boolean(help="Somebody has looked at it.")
    run_id = fields.Many2one(
        "newsletter.run", readonly=True, ondelete="set null", index="btree_not_null"
    )
    connection_id = fields.Many2one(
        "newsletter.connection",
        readonly=True,
        ondelete="set null",
        index="btree_not_null",
    )
    coupling_id = fields.Many2one(
        "newsletter.coupling",
        readonly=True,
        ondelete="set null",
        index="btree_not_null",
    )
    member_id = fields.Many2one(
        "newsletter.member",
        readonly=True,
        ondelete="set null",
        index="btree_not_null",
    )
    company_id = fields.Many2one(
        "res.company",
        readonly=True,
        index=True,
        default=lambda self: self.env.company,
    )
    provider = fields.Char(readonly=True, string="Newsletter Tool")
    user_id = fields.Many2one("res.users", readonly=True)
    origin = fields.Char(readonly=True, help="The procedure or script that wrote it.")
    res_model = fields.Char(readonly=True, string="Model")
    res_id = fields.Many2oneReference(
        model_field="res_model", readonly=True, string="Record"
    )
    _of_record = models.Index("(res_model, res_id)")

    #: level of each code that is not a mere information
    LEVELS = {
        "reconnect_needed": "error",
        "run_stopped": "error",
        "run_waits": "warning",
        "refused": "error",
        "field_missing": "warning",
        "field_refused": "warning",
        "blocklisted": "warning",
        "archived": "warning",
        "left_out": "warning",
        "still_left": "warning",
        "brought_back": "warning",
        "unverified": "error",
        "quota": "warning",
        "brake": "warning",
    }

    @api.model
    def _log(self, code, **values):
        """Write one event; see ``_log_many`` for the values."""
        return self._log_many([{"code": code, **values}])

    @api.model
    def _log_many(self, rows):
        """Write events in one go.

        :param rows: dicts with ``code`` and any of text, detail, level, run,
            connection, coupling, member (records), record (any record), old_value,
            new_value, rule, origin
        """
        common = {}
        values = [self._event_values(dict(row), common) for row in rows]
        # sudo: nobody writes the log by hand, whoever acts leaves a trace in it
        events = self.sudo()
        set_wise = self.env["newsletter.set.wise"]
        if len(values) < MANY or not set_wise._is_plain(self._name):
            return events.create(values)
        names = dict.fromkeys(name for row in values for name in row)
        now = fields.Datetime.now()
        ids = set_wise._insert(
            self._name,
            [{"date": now, **{n: row.get(n) or None for n in names}} for row in values],
        )
        return events.browse(ids)

    def _event_values(self, row, common=None):
        """The columns of one line.

        :param common: what is known of the objects of earlier lines; it is added to
        """
        common = {} if common is None else common
        about = [
            row.pop(name, None) for name in ("run", "coupling", "connection", "member")
        ]
        # a thousand lines of one run are about the same few objects
        key = tuple(each.id if each else False for each in about)
        if key not in common:
            common[key] = self._event_about(*about)
        values = {"level": self.LEVELS.get(row["code"], "info"), **common[key]}
        if record := row.pop("record", None):
            values.update(res_model=record._name, res_id=record.id)
        return {**values, **row}

    def _event_about(self, run, coupling, connection, member):
        """What a line says by the objects that it is about."""
        # sudo: names of the run's objects, for users who see the run only
        run = (run or self.env["newsletter.run"]).sudo()
        member = member or self.env["newsletter.member"]
        coupling = (coupling or run.coupling_id or member.coupling_id).sudo()
        connection = connection or coupling.connection_id or run.connection_id
        return {
            "run_id": run.id,
            "coupling_id": coupling.id,
            "connection_id": connection.id,
            "company_id": connection.company_id.id or self.env.company.id,
            "provider": connection.provider,
            "member_id": member.id,
            "user_id": run.user_id.id or self.env.uid,
            "origin": run.kind or self.env.context.get("newsletter_origin"),
        }

    def write(self, vals):
        """The log is written once; only the tick "reviewed" may change."""
        if not self.env.su and set(vals) - {"reviewed"}:
            raise UserError(self.env._("Events cannot be changed, only reviewed."))
        return super().write(vals)
