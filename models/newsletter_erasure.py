"""Erasure of a person on request: in Odoo at once, in every account by itself (X1)."""

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools.translate import LazyTranslate

from ..sync.address import parse
from .newsletter_tombstone import EVERYTHING

_lt = LazyTranslate(__name__)

CONTACT = [
    ("erase", "Delete them, as far as the law allows"),
    ("leave", "Leave them: the person stays a customer or member"),
]

#: states of an account's receipt in which nothing more is asked
CLOSED = ("done", "not_there", "overtaken")

#: what became of records, as ``newsletter.erasure.odoo`` names it
OUTCOMES = {
    "deleted": _lt("Deleted"),
    "emptied": _lt("Person cut out, figures stay"),
    "emptied_linked": _lt("Emptied and archived: other records refer to it"),
    "hashed": _lt("Deleted; a keyed hash keeps the address out"),
    "kept_evidence": _lt("Kept under lock, to be able to prove the consent"),
    "kept_block": _lt("Kept, so that nothing is sent there"),
    "kept_shared": _lt(
        "Kept: another company works with the person, too; our mailings leave it out"
    ),
    "kept_contact": _lt("Left as it is; no marketing goes there"),
    "kept_user": _lt(
        "Kept: the person has a login; no marketing goes there. Remove the login first"
    ),
    "kept_documents": _lt(
        "E-mail and notes emptied; name and postal address stay with the invoices"
    ),
}
#: why something is kept: the article or the law
REASONS = {
    "kept_evidence": _lt("GDPR Art. 17(3)(e): defence against legal claims"),
    "kept_block": _lt("GDPR Art. 21(3): the objection must last"),
    "hashed": _lt("GDPR Art. 17(3)(b): the objection must last; nobody is named"),
    "kept_shared": _lt("Another controller; the person asks there"),
    "kept_contact": _lt("Decided by whoever erased: the data have another purpose"),
    "kept_user": _lt("Needed for the login"),
    "kept_documents": _lt("GDPR Art. 17(3)(b); HGB §257, AO §147: invoices"),
}


class NewsletterErasure(models.Model):
    """One erasure of one person towards one company, and its proof.

    The person's address stands in the receipts of accounts that have not obeyed yet,
    and nowhere any more once all have.
    """

    _name = "newsletter.erasure"
    _description = "Erasure of a Person"
    _order = "id desc"
    _rec_name = "shown"
    _check_company_auto = True

    shown = fields.Char(string="Addresses", required=True, readonly=True)
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True
    )
    date = fields.Datetime(
        string="Requested on",
        required=True,
        readonly=True,
        default=fields.Datetime.now,
    )
    user_id = fields.Many2one("res.users", string="Carried out by", readonly=True)
    note = fields.Text(
        string="How the Person Asked",
        readonly=True,
        help="When and how the person asked, without name and address.",
    )
    contact = fields.Selection(
        CONTACT, string="Contacts and Leads", required=True, readonly=True
    )
    found = fields.Json(readonly=True)
    found_html = fields.Html(
        string="In Odoo", compute="_compute_found_html", sanitize=False
    )
    evidence_until = fields.Date(
        readonly=True, help="Until then the proof of the consent stays, under lock."
    )
    receipt_ids = fields.One2many(
        "newsletter.erasure.receipt", "erasure_id", string="Accounts", readonly=True
    )
    done_at = fields.Datetime(readonly=True)
    state = fields.Selection(
        [
            ("open", "Under way"),
            ("failed", "Failed, tried again"),
            ("by_hand", "By hand in the tool"),
            ("done", "Done everywhere"),
        ],
        compute="_compute_state",
        store=True,
        index=True,
    )

    @api.depends("receipt_ids.state", "done_at")
    def _compute_state(self):
        for erasure in self:
            states = set(erasure.receipt_ids.mapped("state"))
            if "failed" in states:
                erasure.state = "failed"
            elif "by_hand" in states:
                erasure.state = "by_hand"
            else:
                erasure.state = "done" if erasure.done_at else "open"

    @api.depends("found", "evidence_until")
    @api.depends_context("lang")
    def _compute_found_html(self):
        for erasure in self:
            erasure.found_html = self._found_table(
                erasure.found or [], erasure.evidence_until
            )

    @api.model
    def _found_table(self, rows, until=None):
        """The table of what there was and what became of it; also for the preview."""
        return self.env["ir.qweb"]._render(
            "newsletter_sync.erasure_found", {"rows": self._explained(rows, until)}
        )

    @api.model
    def _explained(self, rows, until=None):
        """Rows of ``newsletter.erasure.odoo._plan`` in words."""
        data = self.env["newsletter.personal.data"]
        explained = []
        for row in rows:
            outcome = OUTCOMES[row["outcome"]]
            reason = REASONS.get(row["outcome"], "")
            locked = row["outcome"] == "kept_evidence"
            explained.append(
                {
                    "title": data._title(row["model"]),
                    "count": row["count"],
                    "outcome": self.env._(outcome),
                    "reason": reason and self.env._(reason),
                    "until": until if locked else None,
                    "kept": row["outcome"].startswith("kept"),
                }
            )
        return explained

    # --- the entrance ---------------------------------------------------------------
    @api.model
    def _erase(self, emails, company, contact="leave", note="", ask_all=False):
        """Erase a person: in Odoo now, in the accounts as soon as they obey.

        Harmless when repeated. Nothing of a later consent is remembered.

        :param emails: all addresses of the person, in any spelling
        :param company: whose data; other companies' are left alone
        :param contact: a key of ``CONTACT``
        :param ask_all: ask also accounts that never held the person as far as Odoo
            knows; that sends the address there
        :return: the erasure with its receipts
        :raises AccessError: without the right, or for a company out of reach
        :raises UserError: there is no address
        """
        self._check_may_erase(company)
        emails = sorted({parse(raw).email for raw in emails} - {""})
        if not emails:
            raise UserError(self.env._("There is no e-mail address here."))
        sweeper = self.env["newsletter.erasure.odoo"]
        # sudo: erasures are written by code only
        erasure = self.sudo().create(
            {
                "shown": self.env["newsletter.personal.data"]._masked(emails),
                "company_id": company.id,
                "user_id": self.env.uid,
                "note": note or False,
                "contact": contact,
            }
        )
        erasure._open_receipts(emails, ask_all)
        self.env["newsletter.tombstone"]._remember(emails, company, "erased")
        self._bury_again(emails, company)
        erasure.found = sweeper._sweep(emails, company, contact)
        kept = sweeper.sudo()._chains(emails, company).mapped("restricted_until")
        erasure.evidence_until = max(filter(None, kept), default=False)
        self.env["newsletter.event"]._log(
            "erasure",
            record=erasure,
            company_id=company.id,
            text=self.env._("%s is erased on request.", erasure.shown),
        )
        erasure._settle()
        erasure.receipt_ids.connection_id._let_erase()
        return erasure.with_env(self.env)

    @api.model
    def _check_may_erase(self, company):
        if not self.env.su and not self.env.user.has_group(
            "newsletter_sync.group_privacy"
        ):
            raise AccessError(
                self.env._(
                    "People are erased by members of the group “Newsletter Privacy / "
                    "Evidence” only."
                )
            )
        if company not in self.env.companies:
            raise AccessError(self.env._("Choose one of your companies."))

    @api.model
    def _bury_again(self, emails, company):
        """A tombstone of before becomes one of this erasure: consents of before are
        over, whenever they turn up.
        """
        # sudo: tombstones are written by code only
        stones = self.env["newsletter.tombstone"].sudo()
        digests = [stones._digest(email) for email in emails]
        own = Domain("company_id", "=", company.id) & Domain("digest", "in", digests)
        stones.search(own & EVERYTHING).write(
            {"reason": "erased", "date": fields.Datetime.now()}
        )

    def _settle(self):
        """Cut the last traces once every account has obeyed."""
        for erasure in self.filtered(lambda each: not each.done_at):
            waiting = erasure.receipt_ids.filtered(
                lambda receipt: receipt.state not in CLOSED
            )
            if waiting or erasure._in_flight():
                continue
            erasure._cut_landed()
            erasure.receipt_ids.people = False
            erasure.done_at = fields.Datetime.now()
            self.env["newsletter.event"]._log(
                "erasure_done",
                record=erasure,
                company_id=erasure.company_id.id,
                text=erasure._said_done(),
            )

    def _said_done(self):
        """One line for the log."""
        if "overtaken" in self.receipt_ids.mapped("state"):
            return self.env._(
                "%s: nothing more is erased, for the person agreed anew.", self.shown
            )
        return self.env._("%s is erased everywhere.", self.shown)

    def action_receipt(self):
        """The receipt for the person, to be printed."""
        self.check_access("read")
        report = self.env.ref("newsletter_sync.action_report_erasure")
        return report.report_action(self)

    def action_try_now(self):
        """Ask the accounts again that have not obeyed yet.

        :raises AccessError: without the right to erase
        """
        for company in self.company_id:
            self._check_may_erase(company)
        # sudo: receipts are written by code only
        waiting = self.sudo().receipt_ids.filtered(
            lambda receipt: receipt.state in ("waiting", "failed")
        )
        waiting.next_try_at = False
        waiting.connection_id._let_erase()
