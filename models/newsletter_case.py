"""One incoming mail: what it wants, whom it concerns, what should be done."""

import hashlib
from datetime import timedelta

from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools.misc import clean_context

from ..connectors.masked_log import get_logger
from ..inbox.classify import classify, details
from ..inbox.quotes import Words
from ..inbox.text import decode
from ..inbox.vocabulary import MailClass
from .newsletter_case_rule import MAIL_CLASSES

_logger = get_logger(__name__)
#: characters of a mail that are kept to be read
_LONGEST_TEXT = 50_000


class NewsletterCase(models.Model):
    """A mail to a mailbox, with the steps that are proposed for it.

    Only the gateway creates cases. A mail that arrives twice makes one case, and no
    mail is ever answered by itself (rule A4).
    """

    _name = "newsletter.case"
    _description = "Newsletter Mail"
    _inherit = ["mail.thread"]
    _primary_email = "email_from"
    _order = "date desc, id desc"
    _check_company_auto = True
    _mail_post_access = "read"

    name = fields.Char(string="Subject", readonly=True)
    mailbox_id = fields.Many2one(
        "newsletter.mailbox", required=True, readonly=True, index=True
    )
    company_id = fields.Many2one(related="mailbox_id.company_id", store=True)
    date = fields.Datetime(
        string="Received", default=fields.Datetime.now, readonly=True, required=True
    )
    email_from = fields.Char(string="From", readonly=True)
    sender = fields.Char(string="Sender's Address", readonly=True, index=True)
    message_id = fields.Char(string="Message-ID", readonly=True)
    fingerprint = fields.Char(readonly=True, required=True)
    mail_class = fields.Selection(
        MAIL_CLASSES,
        string="Kind of Mail",
        required=True,
        default="other",
        index=True,
        help="Choose another kind if the guess is wrong: other steps are proposed.",
    )
    certainty = fields.Integer(string="Certainty (%)", readonly=True, aggregator=None)
    guess = fields.Char(string="Perhaps", readonly=True)
    reasons = fields.Text(string="Why", readonly=True)
    automatic = fields.Char(
        readonly=True, help="The header that proves a machine wrote the mail."
    )
    unclear = fields.Boolean(
        readonly=True, help="It is not clear whom the mail concerns: a person decides."
    )
    text = fields.Text(string="Words of the Sender", readonly=True)
    quoted = fields.Text(string="Quotation", readonly=True)
    # what was read out of the mail, for the proposals; see _details
    details = fields.Json(readonly=True)
    state = fields.Selection(
        [
            ("open", "To decide"),
            ("done", "Carried out"),
            ("nothing", "Nothing to do"),
        ],
        required=True,
        default="open",
        readonly=True,
        index=True,
    )
    by_itself = fields.Boolean(
        readonly=True, help="Settled without a person, as the mailbox allows."
    )
    problem = fields.Char(readonly=True, help="Why the steps were not carried out.")
    done_at = fields.Datetime(string="Settled at", readonly=True)
    done_by = fields.Many2one("res.users", string="Settled by", readonly=True)
    partner_ids = fields.Many2many(
        "res.partner",
        string="Contacts",
        context={"active_test": False},
        help="Contacts with the address that the mail is about.",
    )
    partner_count = fields.Integer(compute="_compute_partner_count")
    step_ids = fields.One2many("newsletter.case.step", "case_id", string="Steps")
    proposal = fields.Char(compute="_compute_proposal", string="Proposed")

    _mail_once = models.UniqueIndex("(mailbox_id, fingerprint)")

    @api.depends("partner_ids")
    def _compute_partner_count(self):
        for case in self:
            case.partner_count = len(case.partner_ids)

    @api.depends("step_ids.selected", "step_ids.kind", "step_ids.state", "state")
    def _compute_proposal(self):
        for case in self:
            steps = case.step_ids.filtered(
                lambda step: step.selected or step.state == "done"
            )
            labels = dict(steps._fields["kind"]._description_selection(self.env))
            case.proposal = ", ".join(
                dict.fromkeys(labels[step.kind] for step in steps)
            )

    # --- the gateway ------------------------------------------------------------------
    @api.model
    def message_new(self, msg_dict, custom_values=None):
        """Never raises: Odoo would answer the sender, and the mail would be lost.

        :raises AccessError: for anybody but the gateway
        """
        self.check_access("create")
        mailbox = self.env["newsletter.mailbox"].browse(
            (custom_values or {}).get("mailbox_id")
            or self.env.context.get("newsletter_mailbox")
        )
        mailbox = mailbox or mailbox.search([], limit=1)
        raw = self.env.context.get("newsletter_raw_mail") or b""
        return self._take_in(raw, mailbox)

    @api.model
    def _detect_loop_sender_domain(self, email_from_normalized):
        """No limit: a mailbox gets many mails of one sender, and never answers."""
        return

    @api.model
    def _take_in(self, raw, mailbox):
        """Make the case of a mail, and settle it if that is allowed.

        :return: the case; the one that is there already if the mail comes again
        """
        kept = clean_context(self.env.context)
        kept.pop("newsletter_raw_mail", None)
        # notes and hints are for the people of the company, not for the gateway's user
        kept["lang"] = mailbox.company_id.partner_id.lang or self.env.lang
        # sudo: mails are received for whom they concern, not for a user
        cases = self.sudo().with_context(kept, mail_create_nolog=True)
        cases = cases.with_company(mailbox.company_id)
        values = cases._read_mail(raw, mailbox)
        known = cases.search(
            [
                ("mailbox_id", "=", mailbox.id),
                ("fingerprint", "=", values["fingerprint"]),
            ],
            limit=1,
        )
        if known:
            return known
        case = cases.create(values)
        try:
            with self.env.cr.savepoint():
                case._find_contacts()
                case._propose()
        except Exception:
            _logger.exception("no steps for the newsletter mail %s", case.id)
            case.problem = self.env._(
                "No steps could be proposed; the server's log names the error."
            )
            return case
        case._settle_by_itself()
        return case

    @api.model
    def _read_mail(self, raw, mailbox):
        """The values of a mail's case; what fails is for a person to read."""
        try:
            with self.env.cr.savepoint():
                return self._values(raw, mailbox)
        except Exception:
            _logger.exception("a mail for %s could not be read", mailbox.name)
        return {
            "mailbox_id": mailbox.id,
            "name": self.env._("(unreadable)"),
            "fingerprint": hashlib.sha256(raw).hexdigest(),
            "text": decode(raw, None)[:_LONGEST_TEXT],
            "problem": self.env._(
                "The mail could not be read; the server's log names the error."
            ),
        }

    @api.model
    def _values(self, raw, mailbox):
        """What is read out of the mail's bytes."""
        verdict = classify(
            raw,
            self.env["newsletter.case.rule"]._rule_book(),
            own_addresses=mailbox._own_addresses(),
            footers=mailbox._footers(),
        )
        mail = verdict.mail
        name = mail.sender_name
        sender = f"{name} <{mail.sender}>" if name else mail.sender
        identity = mail.message_id or raw
        if isinstance(identity, str):
            identity = identity.encode()
        return {
            "mailbox_id": mailbox.id,
            "name": mail.subject[:500] or self.env._("(no subject)"),
            "email_from": sender or mail.header("from") or False,
            "sender": mail.sender,
            "message_id": mail.message_id,
            "fingerprint": hashlib.sha256(identity).hexdigest(),
            "mail_class": verdict.mail_class.value,
            "certainty": verdict.certainty,
            "guess": self._guess(verdict),
            "reasons": self._explain(verdict),
            "automatic": verdict.automatic,
            "text": (verdict.words.own or mail.text)[:_LONGEST_TEXT],
            "quoted": verdict.words.quoted[:_LONGEST_TEXT],
            "details": self._details(verdict),
            "problem": False
            if mail.readable
            else self.env._("The mail is damaged; only part of it could be read."),
        }

    @api.model
    def _details(self, verdict):
        """Plain values, for the proposals of whatever class a person chooses."""
        report, complaint = verdict.report, verdict.complaint
        return {
            "sender_name": verdict.mail.sender_name,
            "addressees": list(verdict.words.addressees),
            "sign_up": dict(verdict.sign_up),
            "message_id": (report or complaint).message_id
            if report or complaint
            else "",
            "bounced": [
                [row.email, row.action, row.status, row.text[:300]]
                for row in (report.recipients if report else ())
            ],
            "complaint": complaint.kind if complaint else "",
            "complained": list(complaint.recipients) if complaint else [],
            "unsubscribe": complaint.unsubscribe if complaint else "",
        }

    @api.model
    def _class_labels(self):
        return dict(self._fields["mail_class"]._description_selection(self.env))

    @api.model
    def _guess(self, verdict):
        """What else it could be, for a person to choose with one click."""
        labels = self._class_labels()
        ranked = sorted(verdict.likelihoods.items(), key=lambda pair: -pair[1])
        return ", ".join(
            f"{labels[mail_class.value]} ({percent} %)"
            for mail_class, percent in ranked
            if mail_class != verdict.mail_class and percent >= 20
        )

    @api.model
    def _explain(self, verdict):
        """One line a rule: what it found, and what that says."""
        # sudo: whoever fetches mails need not read the rules
        rules = self.env["newsletter.case.rule"].sudo()
        labels = self._class_labels()
        names = {
            str(rule.id): rule.name
            for rule in rules.browse(
                int(reason.rule) for reason in verdict.reasons if reason.rule.isdigit()
            )
        }
        lines = [verdict.automatic] if verdict.automatic else []
        return "\n".join(
            lines
            + [
                f"{labels[reason.mail_class.value]}: {reason.weight:+d} % – "
                f"{names.get(reason.rule, reason.rule)} – “{reason.found}”"
                for reason in verdict.reasons
            ]
        )

    # --- whom it concerns -------------------------------------------------------------
    def _about(self):
        """Whom the mail is about, read as the class that it has now."""
        self.ensure_one()
        kept = self.details or {}
        words = Words(
            own=self.text or "", addressees=tuple(kept.get("addressees") or ())
        )
        return details(
            MailClass(self.mail_class),
            words,
            self.sender or "",
            kept.get("sender_name") or "",
            self.mailbox_id._own_addresses(),
        )

    def _find_contacts(self):
        """Match by address (K09): all contacts that have it, also archived ones."""
        for case in self:
            about = case._about()
            emails = {about["old_email"], *about["mentioned"]} - {""}
            kept = case.details or {}
            emails.update(row[0] for row in kept.get("bounced") or [])
            emails.update(kept.get("complained") or [])
            if (kept.get("sign_up") or {}).get("email"):
                emails = {kept["sign_up"]["email"]}
            case.partner_ids = case._partners_of(emails)

    def _partners_of(self, emails):
        """Contacts of this company (or of none) with one of the addresses."""
        return (
            self.env["res.partner"]
            .with_context(active_test=False)
            .search(
                [
                    ("email_normalized", "in", list(emails)),
                    ("company_id", "in", [False, self.company_id.id]),
                ],
                order="id",
            )
        )

    def _is_known(self, email):
        """Whether an address is among contacts, leads, readers or members."""
        found = [
            ("res.partner", "email_normalized"),
            ("mailing.contact", "email_normalized"),
            ("crm.lead", "email_normalized"),
            ("newsletter.member", "email"),
        ]
        # sudo: only whether, for the default of a tick
        return any(
            self.env[model].sudo().search_count([(field, "=", email)], limit=1)
            for model, field in found
        )

    def write(self, vals):
        """Another kind chosen by a person: other steps are proposed."""
        typed = {key for key in vals if not key.startswith("message_")}
        if not self.env.su and typed - {"mail_class"}:
            raise UserError(self.env._("Of a mail only its kind can be changed."))
        changed = self.filtered(
            lambda case: vals.get("mail_class", case.mail_class) != case.mail_class
        )
        result = super().write(vals)
        if changed:
            if any(case.state != "open" for case in changed):
                raise UserError(
                    self.env._("This mail is settled. Reopen it to change its kind.")
                )
            # sudo: contacts and steps are found by code only
            changed.sudo()._find_contacts()
            changed.sudo()._propose()
        return result

    # --- buttons ----------------------------------------------------------------------
    def action_reopen(self):
        """Open again; steps that were carried out stay so."""
        settled = self.filtered(lambda case: case.state != "open")
        settled.check_access("write")
        # sudo: the state is no field to type in
        settled.sudo().write({"state": "open", "done_at": False, "done_by": False})

    def action_nothing(self):
        """A person says that nothing is to be done."""
        self.filtered(lambda case: case.state == "open")._close("nothing")

    def _close(self, state):
        self.check_access("write")
        # sudo: see action_reopen
        self.sudo().write(
            {
                "state": state,
                "problem": False,
                "done_at": fields.Datetime.now(),
                "done_by": self.env.uid,
            }
        )

    def action_open_partners(self):
        self.ensure_one()
        action = {
            "type": "ir.actions.act_window",
            "name": self.env._("Contacts"),
            "res_model": "res.partner",
            "view_mode": "list,form",
            "domain": [("id", "in", self.partner_ids.ids)],
            "context": {"active_test": False},
        }
        if len(self.partner_ids) == 1:
            action.update(view_mode="form", res_id=self.partner_ids.id)
        return action

    def _link(self):
        """A link to this case, for notes on contacts."""
        return Markup("<a href='#' data-oe-model='%s' data-oe-id='%s'>%s</a>") % (
            self._name,
            self.id,
            self.name,
        )

    @api.autovacuum
    def _gc_settled(self):
        """Delete settled mails after the mailbox's time; proofs and notes stay."""
        now = fields.Datetime.now()
        for mailbox in self.env["newsletter.mailbox"].search([("keep_days", ">", 0)]):
            before = now - timedelta(days=mailbox.keep_days)
            old = self.search(
                [
                    ("mailbox_id", "=", mailbox.id),
                    ("state", "!=", "open"),
                    ("date", "<", before),
                ],
                limit=1000,
            )
            old.unlink()
