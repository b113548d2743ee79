"""What each account said to an erasure; it is done when it was read back."""

from datetime import timedelta

from odoo import api, fields, models

#: an account that has not obeyed for so long is told to a person; the law gives a month
LATE = timedelta(days=7)


class NewsletterErasureReceipt(models.Model):
    """One account's part of one erasure.

    It holds whom the account is asked to erase, for the records are gone already:
    ``people`` is a list of ``{email, remote_ids, lists: {id: name}}``; with ``agreed``
    they gave a new consent to other lists and are only taken off these.
    """

    _name = "newsletter.erasure.receipt"
    _inherit = "newsletter.receipt"
    _description = "Receipt of an Erasure"
    _order = "erasure_id desc, id"
    _rec_name = "account"

    erasure_id = fields.Many2one(
        "newsletter.erasure", required=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(related="erasure_id.company_id", store=True)
    connection_id = fields.Many2one(
        "newsletter.connection", ondelete="set null", index="btree_not_null"
    )
    account = fields.Char(required=True, readonly=True)
    people = fields.Json(readonly=True)
    state = fields.Selection(
        [
            ("waiting", "Waiting"),
            ("failed", "Failed, tried again"),
            ("by_hand", "By hand in the tool"),
            ("done", "Deleted for good"),
            ("not_there", "Never there"),
        ],
        default="waiting",
        required=True,
        readonly=True,
        index=True,
    )
    alarmed = fields.Boolean(readonly=True)

    _open = models.Index("(connection_id) WHERE state IN ('waiting', 'failed')")

    def _emails(self):
        """The addresses that the accounts are still asked about."""
        return sorted({each["email"] for row in self for each in row.people or []})

    def _answered(self, proof):
        """The account has deleted the person, and was asked whether it did."""
        self.write(
            {
                "state": "done",
                "done_at": fields.Datetime.now(),
                "proof": proof,
                "message": False,
                "next_try_at": False,
            }
        )
        self._swept()

    def _swept(self):
        """A fetch or a call meanwhile may have brought something of the person."""
        erasure = self.erasure_id
        sweeper = self.env["newsletter.erasure.odoo"]
        for company, emails in self._to_erase().items():
            sweeper._sweep(sorted(emails), company, erasure.contact)
        erasure._settle()

    def _only_by_hand(self, message):
        """The tool cannot delete for good: somebody does it there (rule X2)."""
        self.write({"state": "by_hand", "message": message, "next_try_at": False})

    def action_done_by_hand(self):
        """Somebody has deleted the person in the tool.

        :raises AccessError: without the right to erase
        """
        for company in self.company_id:
            self.env["newsletter.erasure"]._check_may_erase(company)
        # sudo: receipts are written by code only
        for receipt in self.sudo().filtered(lambda each: each.state == "by_hand"):
            receipt._answered(
                self.env._("Deleted in the tool by hand, says %s.", self.env.user.name)
            )

    # --- by schedule -----------------------------------------------------------------
    @api.model
    def _cron_settle(self):
        """Ask again, and tell a person what takes too long."""
        # sudo: the scheduler works for all users and companies
        receipts = self.sudo()
        receipts.search(
            [("state", "in", ("waiting", "failed", "by_hand"))]
        )._drop_overtaken()
        still_open = receipts.search([("state", "in", ("waiting", "failed"))])
        still_open.connection_id._let_erase()
        late = fields.Datetime.now() - LATE
        waiting = receipts.search(
            [
                ("state", "in", ("waiting", "failed", "by_hand")),
                ("create_date", "<", late),
                ("alarmed", "=", False),
            ]
        )
        for receipt in waiting:
            receipt._raise_alarm()
        receipts.erasure_id.search([("done_at", "=", False)])._settle()

    def _raise_alarm(self):
        self.alarmed = True
        text = self.env._(
            "Erasure %(number)s: “%(account)s” has not obeyed yet. The law gives one "
            "month.",
            number=self.erasure_id.id,
            account=self.account,
        )
        self.env["newsletter.event"]._log(
            "erasure_late",
            level="error",
            connection=self.connection_id,
            record=self.erasure_id,
            text=text,
            detail=self.message,
        )
        if self.connection_id:
            self.connection_id.activity_schedule(
                "newsletter_sync.activity_erasure_late",
                note=text,
                user_id=(self.erasure_id.user_id or self.env.user).id,
            )


class NewsletterErasure(models.Model):
    _inherit = "newsletter.erasure"

    @api.model
    def _held(self, emails, company):
        """{connection: people as a receipt holds them}, as far as Odoo knows."""
        members = self.env["newsletter.personal.data"]._records(
            "newsletter.member", emails, company
        )
        held = {}
        for member in members.filtered(lambda m: m.remote_id or m.remote_status):
            people = held.setdefault(member.connection_id, {})
            person = people.setdefault(
                member.email, {"email": member.email, "remote_ids": [], "lists": {}}
            )
            if member.remote_id and member.remote_id not in person["remote_ids"]:
                person["remote_ids"].append(member.remote_id)
            remote_list = member.coupling_id.remote_list_id
            person["lists"][remote_list.remote_id] = remote_list.name
        return {
            connection: list(people.values()) for connection, people in held.items()
        }

    @api.model
    def _accounts(self, company):
        # sudo: the privacy group sees accounts, whoever may use them
        return (
            self.env["newsletter.connection"]
            .sudo()
            .with_context(active_test=False)
            .search([("company_id", "=", company.id), ("state", "!=", "draft")])
        )

    def _open_receipts(self, emails, ask_all):
        """One receipt for each account of the company."""
        self.ensure_one()
        held = self._held(emails, self.company_id)
        rows = []
        for connection in self._accounts(self.company_id) | self._union_of(held):
            people = held.get(connection, [])
            if ask_all:
                known = {person["email"] for person in people}
                others = [email for email in emails if email not in known]
                people = people + connection._strangers(others)
            rows.append(
                {
                    "erasure_id": self.id,
                    "connection_id": connection.id,
                    "account": connection.name,
                    "people": people or False,
                    "state": "waiting" if people else "not_there",
                    "proof": False
                    if people
                    else self.env._(
                        "This account does not hold the address as far as Odoo knows. "
                        "Nothing was sent to it."
                    ),
                }
            )
        self.env["newsletter.erasure.receipt"].create(rows)

    @api.model
    def _union_of(self, held):
        found = self.env["newsletter.connection"].sudo()
        for connection in held:
            found |= connection
        return found


class NewsletterConnection(models.Model):
    _inherit = "newsletter.connection"

    def _strangers(self, emails):
        """People whom the account may hold, on any of its lists: it is asked on all."""
        self.ensure_one()
        # sudo: lists of accounts, whoever may use them
        lists = self.env["newsletter.remote.list"].sudo()
        lists = lists.search([("connection_id", "=", self.id)])
        names = {each.remote_id: each.name for each in lists}
        return [{"email": email, "remote_ids": [], "lists": names} for email in emails]

    def _let_erase(self):
        """Start the run that deletes people, one for each account at a time."""
        # sudo: receipts are read by code only
        receipts = self.env["newsletter.erasure.receipt"].sudo()
        self.filtered(lambda each: receipts._due(each, limit=1))._start_account_run(
            "erase"
        )

    @api.ondelete(at_uninstall=False)
    def _newsletter_erasures_by_hand(self):
        """Whom an account was asked to erase is not forgotten with it."""
        # sudo: receipts are written by code only
        receipts = self.env["newsletter.erasure.receipt"].sudo()
        receipts.search(
            [
                ("connection_id", "in", self.ids),
                ("state", "in", ("waiting", "failed")),
            ]
        ).write(
            {
                "state": "by_hand",
                "message": self.env._("The connection was deleted meanwhile."),
            }
        )


class NewsletterRun(models.Model):
    _inherit = "newsletter.run"

    kind = fields.Selection(
        selection_add=[("erase", "Erasures")], ondelete={"erase": "cascade"}
    )
    phase = fields.Selection(selection_add=[("erase", "Deleting people for good")])
