"""What each account answered to a leaving; nothing is done before it says so."""

from datetime import timedelta

from odoo import api, fields, models

from .newsletter_leaving_effect import MAILED_STATUSES

#: an account that has not obeyed for so long is told to a person, and told again
LATE = timedelta(hours=24)
OVERDUE = timedelta(hours=48)


class NewsletterLeavingReceipt(models.Model):
    """One account's part of one leaving: waiting, done, failed or never there.

    The state follows from the members of that address and is never typed in. A failed
    one stays in the queue and is tried again until the tool obeys.
    """

    _name = "newsletter.leaving.receipt"
    _inherit = "newsletter.receipt"
    _description = "Receipt of a Leaving"
    _order = "leaving_id desc, id"
    _rec_name = "email"

    leaving_id = fields.Many2one(
        "newsletter.leaving", required=True, ondelete="cascade", index=True
    )
    connection_id = fields.Many2one(
        "newsletter.connection",
        string="Account",
        required=True,
        ondelete="cascade",
        index=True,
        readonly=True,
    )
    company_id = fields.Many2one(related="leaving_id.company_id", store=True)
    email = fields.Char(related="leaving_id.email", store=True, index=True)
    date = fields.Datetime(
        string="Asked at", default=fields.Datetime.now, readonly=True, required=True
    )
    state = fields.Selection(
        [
            ("waiting", "Waiting"),
            ("failed", "Failed, tried again"),
            ("done", "Done"),
            ("not_there", "Never there"),
        ],
        default="waiting",
        required=True,
        readonly=True,
        index=True,
    )
    alarm = fields.Selection(
        [("late", "Late"), ("overdue", "Overdue")], readonly=True, index=True
    )
    has_namesake = fields.Boolean(
        readonly=True,
        help="In the tool somebody who is no member here has the address: only its "
        "answer counts.",
    )
    answered_at = fields.Datetime(
        readonly=True, help="When the tool carried the leaving out and was read back."
    )

    _open = models.Index("(connection_id) WHERE state IN ('waiting', 'failed')")
    _once = models.UniqueIndex(
        "(leaving_id, connection_id)", "There is a receipt of this account already."
    )

    def _members(self):
        """{receipt: the members that it speaks of}, in one query."""
        found = self._members_at(self.mapped("email"), self.connection_id)
        nobody = self.env["newsletter.member"]
        return {
            receipt: found.get((receipt.email, receipt.connection_id), nobody).filtered(
                receipt._concerns
            )
            for receipt in self
        }

    @api.model
    def _members_at(self, emails, connections):
        """{(address, account): its members}, in one query.

        Those of ended couplings count as well: their list is not kept equal any more,
        yet the account still holds the person.
        """
        members = (
            self.env["newsletter.member"]
            .with_context(active_test=False)
            .search(
                [
                    ("email", "in", list(emails)),
                    ("connection_id", "in", connections.ids),
                    "|",
                    ("active", "=", True),
                    ("uncoupled", "=", True),
                ]
            )
        )
        return members.grouped(lambda member: (member.email, member.connection_id))

    def _concerns(self, member):
        """Whether the leaving is about this member's list."""
        return self.leaving_id._concerns(member)

    @api.model
    def _write_down(self, wanted):
        """New receipts, with what follows from the members at once.

        :param wanted: pairs of a leaving and a connection
        """
        connections = self.connection_id.union(*(account for _each, account in wanted))
        members = self._members_at(
            {each.email for each, _account in wanted}, connections
        )
        nobody, labels = self.env["newsletter.member"], self._labels()
        rows = []
        for leaving, connection in wanted:
            own = members.get((leaving.email, connection), nobody)
            values = leaving._judge(own.filtered(leaving._concerns), labels, self)
            rows.append(
                {
                    "leaving_id": leaving.id,
                    "connection_id": connection.id,
                    "company_id": leaving.company_id.id,
                    "email": leaving.email,
                    "state": values["state"],
                    "done_at": values.get("done_at"),
                    "proof": values.get("proof"),
                }
            )
        return self.env["newsletter.set.wise"]._create(self._name, rows)

    def _settle(self):
        """Let the state follow from what the tool said last about the members."""
        labels = self._labels()
        groups, obeyed = {}, []
        for receipt, members in self._members().items():
            values = receipt.leaving_id._judge(members, labels, receipt)
            changed = {
                name: value for name, value in values.items() if receipt[name] != value
            }
            if not changed:
                continue
            row = {name: value or None for name, value in changed.items()}
            groups.setdefault(frozenset(row), []).append({"id": receipt.id, **row})
            if changed.get("state") == "done":
                obeyed.append(receipt.id)
        # a thousand who left in the tool are one update, and one insertion into the log
        self.flush_model()
        for rows in groups.values():
            self.env["newsletter.set.wise"]._update(self._name, rows)
        self.leaving_id._follow_receipts()
        self.browse(obeyed)._obeyed()

    @api.model
    def _labels(self):
        """{status in the tool: how it is called}"""
        statuses = self.env["newsletter.member"]._fields["remote_status"]
        return dict(statuses._description_selection(self.env))

    def _answered(self):
        """The tool carried it out; what it says was read back."""
        self.answered_at = fields.Datetime.now()
        self._settle()

    def _obeyed(self):
        self.env["newsletter.event"]._log_many(
            {
                "code": "leaving_done",
                "connection": receipt.connection_id,
                "record": receipt.leaving_id,
                "text": self.env._(
                    "%(email)s is off “%(account)s”.",
                    email=receipt.email,
                    account=receipt.connection_id.name,
                ),
                "detail": receipt.proof,
            }
            for receipt in self
        )

    @api.model
    def _settle_open(self):
        """Settle what is open: a fetch may have found that the person is off."""
        # sudo: receipts are written by code only
        self.sudo().search([("state", "in", ("waiting", "failed"))])._settle()

    # --- by schedule -----------------------------------------------------------------
    @api.model
    def _cron_settle(self):
        """Settle, send again what failed, tell a person what takes too long."""
        self._settle_open()
        # sudo: the scheduler works for all users and companies
        still_open = self.sudo().search([("state", "in", ("waiting", "failed"))])
        still_open.connection_id._let_leave()
        still_open._raise_alarm()

    def _raise_alarm(self):
        now = fields.Datetime.now()
        for receipt in self:
            age = now - receipt.date
            alarm = "overdue" if age >= OVERDUE else "late" if age >= LATE else False
            if not alarm or receipt.alarm in (alarm, "overdue"):
                continue
            receipt.alarm = alarm
            connection = receipt.connection_id
            text = self.env._(
                "%(email)s left on %(date)s, and “%(account)s” has not obeyed yet. "
                "Unsubscribe the person in the tool by hand if need be.",
                email=receipt.email,
                date=fields.Datetime.to_string(receipt.leaving_id.date),
                account=connection.name,
            )
            self.env["newsletter.event"]._log(
                "leaving_late" if alarm == "late" else "leaving_overdue",
                level="error",
                connection=connection,
                record=receipt.leaving_id,
                text=text,
                detail=receipt.message,
            )
            connection.activity_schedule(
                "newsletter_sync.activity_leaving_late",
                note=text,
                user_id=(connection.user_id or self.env.user).id,
            )


class NewsletterLeaving(models.Model):
    _inherit = "newsletter.leaving"

    receipt_ids = fields.One2many(
        "newsletter.leaving.receipt", "leaving_id", readonly=True
    )
    state = fields.Selection(
        [
            ("open", "Under way"),
            ("failed", "Failed, tried again"),
            ("done", "Done everywhere"),
            ("lifted", "Lifted"),
        ],
        compute="_compute_state",
        store=True,
    )

    @api.depends("receipt_ids.state", "lifted_at")
    def _compute_state(self):
        for leaving in self:
            leaving.state = leaving._state()

    def _state(self):
        """What the receipts come to."""
        self.ensure_one()
        if self.lifted_at:
            return "lifted"
        states = set(self.receipt_ids.mapped("state"))
        if "failed" in states:
            return "failed"
        return "open" if "waiting" in states else "done"

    def _follow_receipts(self):
        """The states of many, in one statement; the receipts were written by SQL."""
        rows = [
            {"id": leaving.id, "state": state}
            for leaving in self
            if (state := leaving._state()) != leaving.state
        ]
        self.flush_model(["state"])
        self.env["newsletter.set.wise"]._update(self._name, rows)

    def _open_receipts(self):
        """One receipt for each account that the leaving concerns."""
        receipts = self.env["newsletter.leaving.receipt"]
        wanted, accounts = [], {}
        for leaving in self:
            key = (leaving.company_id, leaving.scope, leaving.mailing_list_id)
            if key not in accounts:
                accounts[key] = leaving._accounts()
            connections = accounts[key] - leaving.receipt_ids.connection_id
            wanted += [(leaving, connection) for connection in connections]
        known = self.receipt_ids.filtered(
            lambda receipt: receipt.state in ("waiting", "failed")
        )
        known._settle()
        new = receipts._write_down(wanted)
        new.leaving_id._follow_receipts()
        new.filtered(lambda each: each.state == "done")._obeyed()
        (known | new).filtered(
            lambda each: each.state == "waiting"
        ).connection_id._let_leave()

    def _concerns(self, member):
        """Whether the leaving is about this member's list."""
        return self._concerns_list(member.coupling_id.mailing_list_id)

    def _concerns_list(self, mailing_list):
        """Whether the leaving is about this list."""
        if self.scope != "list":
            return True
        # one of a list that was deleted is about no list that is left
        left = self.mailing_list_id
        return bool(left) and mailing_list == left

    def _judge(self, members, labels, receipt):
        """The values of a receipt as its members say.

        All marketing is done when the tool has carried it out for the whole account,
        for there may be lists that nobody coupled. An account that never held the
        address is not asked: that would send it there (W8).

        :param labels: see ``newsletter.leaving.receipt._labels``
        :param receipt: empty for one that is about to be written
        """
        there = members.filtered(lambda m: m.remote_id or m.remote_status)
        if not there:
            return {
                "state": "not_there",
                "proof": self.env._(
                    "This account does not hold the address as far as Odoo knows. "
                    "Nothing was sent to it."
                ),
            }
        mailed = there.filtered(lambda m: m.remote_status in MAILED_STATUSES)
        # where a member has another address, somebody else may have this one
        shared = receipt.has_namesake or there._elsewhere()
        whole = self.scope != "list"
        if mailed or ((whole or shared) and not receipt.answered_at):
            return {"state": "failed" if receipt.tries else "waiting"}
        return {
            "state": "done",
            "done_at": receipt.answered_at or fields.Datetime.now(),
            "message": False,
            "proof": self._proof(there, labels, receipt),
        }

    def _proof(self, members, labels, receipt):
        """What the tool said, list by list."""
        lines = [
            self.env._(
                "%(list)s: the tool says “%(status)s” (recipient %(recipient)s).",
                list=member.coupling_id.remote_list_id.name,
                status=labels.get(member.remote_status, "–"),
                recipient=member.remote_id or "–",
            )
            for member in members
        ]
        if self.scope != "list" and receipt.answered_at:
            lines.insert(0, self.env._("Taken off every list of this account."))
        return "\n".join(lines)

    def _accounts(self):
        """The accounts of the company that may hold the person."""
        self.ensure_one()
        company = [("company_id", "=", self.company_id.id)]
        if self.scope == "list":
            couplings = self.env["newsletter.coupling"].with_context(active_test=False)
            return couplings.search(
                [*company, ("mailing_list_id", "=", self.mailing_list_id.id)]
            ).connection_id
        return self.env["newsletter.connection"].search(
            [*company, ("state", "!=", "draft")]
        )
