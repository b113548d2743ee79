"""The one entrance for everybody who leaves, and what is remembered of it.

Whatever the way (a link, a header, a phone call, the tool, the blocklist), the leaving
takes effect in Odoo within the same transaction, and every account that holds the
person is told by itself. What each account answered stands in its receipt.
"""

from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..sync.address import parse

CHANNELS = [
    ("link", "Link in a mail"),
    ("header", "Unsubscribe button of the mail program"),
    ("reply", "Reply by mail"),
    ("phone", "Phone"),
    ("staff", "Recorded by staff"),
    ("complaint", "Complaint"),
    ("tool", "Newsletter tool"),
    ("blocklist", "Blocklist"),
    ("page", "Preference page"),
    ("import", "Import"),
]

SCOPES = [
    ("list", "One list"),
    ("address", "This address"),
    ("everything", "All marketing"),
]


def is_ours(env):
    """Whether a write is the doing of this addon, and no news to it."""
    return bool(env.context.get("newsletter_leaving"))


class NewsletterLeaving(models.Model):
    """One leaving of one address, with a receipt for each account.

    A leaving stands until ``lifted_at`` is set: by a newer consent, or by somebody who
    removed the block and said why.
    """

    _name = "newsletter.leaving"
    _description = "Newsletter Leaving"
    _order = "id desc"
    _rec_name = "email"
    _check_company_auto = True

    email = fields.Char(string="E-mail", required=True, readonly=True, index=True)
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True
    )
    scope = fields.Selection(
        SCOPES,
        required=True,
        readonly=True,
        help="All marketing covers every address of the person, “this address” only "
        "the one.",
    )
    mailing_list_id = fields.Many2one(
        "mailing.list", readonly=True, ondelete="set null", index="btree_not_null"
    )
    channel = fields.Selection(CHANNELS, required=True, readonly=True)
    date = fields.Datetime(
        string="Left at", required=True, readonly=True, default=fields.Datetime.now
    )
    reason = fields.Char(readonly=True, help="Why the person left, in their words.")
    note = fields.Text(readonly=True)
    user_id = fields.Many2one("res.users", string="Recorded by", readonly=True)
    origin_id = fields.Many2one(
        "newsletter.leaving",
        string="Follows from",
        readonly=True,
        ondelete="set null",
        index="btree_not_null",
        help="The leaving of another address of the same person, or towards another "
        "company.",
    )
    lifted_at = fields.Datetime(string="Lifted at", readonly=True)
    lifted_reason = fields.Char(string="Lifted because", readonly=True)
    partner_id = fields.Many2one(
        "res.partner", compute="_compute_partner_id", string="Contact"
    )

    _standing = models.Index("(company_id, email) WHERE lifted_at IS NULL")

    def _compute_partner_id(self):
        """The contact with this address; the lowest id where there are several."""
        found = {}
        for partner in self.env["res.partner"].search(
            [("email_normalized", "in", self.mapped("email"))], order="id desc"
        ):
            found[partner.email_normalized] = partner.id
        for leaving in self:
            leaving.partner_id = found.get(leaving.email, False)

    # --- the entrance ----------------------------------------------------------------
    @api.model
    def _leave(
        self,
        emails,
        company,
        channel,
        lists=None,
        reason="",
        at=None,
        note="",
        evidence=None,
    ):
        """Somebody leaves: in Odoo at once, in every account by itself.

        Harmless when repeated. A leaving that is older than a confirmed consent is
        not applied, only logged (rule W6).

        :param emails: addresses in any spelling; those that are none are left out
        :param company: the sender company towards whom the person spoke
        :param channel: a key of ``CHANNELS``. ``blocklist`` concerns the address
            alone; every other one without ``lists`` concerns the whole person (W4)
        :param lists: ``mailing.list`` records; None means all marketing
        :param at: naive UTC time of the leaving, now by default
        :param evidence: dict with ``ip`` and ``user_agent``
        :return: the leavings that stand now, new ones and those known before
        :raises UserError: for a channel that is none
        """
        scope = "list" if lists is not None else "everything"
        if channel == "blocklist" and lists is None:
            scope = "address"
        row = {
            "reason": reason,
            "at": at,
            "note": note,
            "evidence": evidence or {},
        }
        if channel == "complaint":
            # a complaint is always about all marketing (W3)
            scope, lists = "everything", None
        return self._take_in(
            {email: row for email in emails}, company, channel, scope, lists
        )

    @api.model
    def _take_in(self, rows, company, channel, scope, lists=None):
        """As ``_leave``, with what is said about each address.

        :param rows: {address: dict of reason, at, note, evidence}
        """
        if channel not in dict(CHANNELS):
            raise UserError(self.env._("“%s” is no way of leaving.", channel))
        told = {}
        for raw, row in rows.items():
            email = parse(raw).email
            if email:
                told[email] = row
        if not told or (scope == "list" and not lists):
            return self.browse()
        # sudo: whoever leaves does, whatever the present user may see or write. The
        # context key tells our own writes from news.
        leavings = self.sudo().with_context(newsletter_leaving=True)
        told = leavings._without_newer_consent(told, company, scope)
        found = leavings._enter(told, company, channel, scope, lists)
        if scope == "everything":
            others = leavings._other_addresses(told, found)
            # what is no address by our rules goes to no tool, but Odoo might mail it
            usable = {e: row for e, row in others.items() if parse(e).email == e}
            leavings._block(set(others) - set(usable))
            found |= leavings._enter(usable, company, channel, scope)
            leavings._persons(told)._newsletter_mark_unwanted()
        found |= leavings._enter_elsewhere(found, company, channel, scope, lists)
        return found.with_env(self.env)

    @api.model
    def _enter(self, told, company, channel, scope, lists=None):
        """Remember the leavings, make them true in Odoo, open the receipts."""
        if not told:
            return self.browse()
        found = self._remember(told, company, channel, scope, lists)
        self._take_effect(told, company, scope, lists)
        found._open_receipts()
        return found

    @api.model
    def _without_newer_consent(self, told, company, scope):
        """Leave out leavings that a later confirmed consent has overtaken (W6)."""
        dated = [email for email, row in told.items() if row.get("at")]
        if scope == "list" or not dated:
            return told
        consents = self.env["newsletter.consent"]._of_addresses(dated, company)
        overtaken = {
            email
            for email, consent in consents.items()
            if consent.state == "confirmed" and consent.state_at > told[email]["at"]
        }
        self.env["newsletter.event"]._log_many(
            {
                "code": "leaving_overtaken",
                "text": self.env._(
                    "%(email)s left before the present consent was given; nothing "
                    "was changed.",
                    email=email,
                ),
                "company_id": company.id,
            }
            for email in overtaken
        )
        return {email: row for email, row in told.items() if email not in overtaken}

    # --- and back --------------------------------------------------------------------
    def _lift(self, reason):
        """The leaving stands no more; nobody is subscribed by that (W9)."""
        standing = self.filtered(lambda leaving: not leaving.lifted_at)
        # towards other companies the same address left only because of these
        followed = self.search(
            [("origin_id", "in", standing.ids), ("lifted_at", "=", False)]
        ).filtered(lambda each: each.email == each.origin_id.email)
        (standing | followed).write(
            {"lifted_at": fields.Datetime.now(), "lifted_reason": reason}
        )

    def _come_back(self):
        """The person is on the list again: by newer proof, or for a named reason.

        Evidence is added where the leaving had withdrawn the list's consent; without
        it the next comparison would take them off again.

        :raises UserError: a user puts somebody back and gives no reason (rule W9)
        """
        reason = self.env.context.get("newsletter_reason")
        by_engine = is_ours(self.env) and not reason
        user = self.env.user
        if self and not (reason or by_engine or user._is_superuser()):
            raise UserError(
                self.env._(
                    "%(email)s left “%(list)s” on %(date)s. Ask the person for a new "
                    "consent, or lift the leaving and say why.",
                    email=self[0].email,
                    list=self[0].mailing_list_id.name,
                    date=fields.Date.to_string(self[0].date),
                )
            )
        for leaving in self:
            leaving._lift(reason or self.env._("The person is on the list again."))
            consent = self.env["newsletter.consent"]._for_address(
                leaving.email, leaving.company_id, leaving.mailing_list_id
            )
            if consent.state == "withdrawn" and (reason or by_engine):
                # of two facts in one second the leaving would count
                later = consent.state_at + timedelta(seconds=1)
                consent._record(
                    "staff" if reason else "import",
                    at=max(later, fields.Datetime.now()),
                    note=reason
                    or self.env._("The newsletter tool says that the person is back."),
                )
