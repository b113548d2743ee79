"""Ask people for a consent: who is asked, who is not and why, and by whose wish."""

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..models.newsletter_consent_refusal import REFUSALS
from ..sync.address import parse

#: people that are asked in one go; more of them belong into a form or an import
MOST = 500


class NewsletterConsentRequestWizard(models.TransientModel):
    _name = "newsletter.consent.request.wizard"
    _description = "Request a Consent"
    _check_company_auto = True

    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    form_id = fields.Many2one(
        "newsletter.consent.form",
        check_company=True,
        help="Says what is asked for, and in which words. Without one the mail names "
        "the list or the purpose alone.",
    )
    mailing_list_ids = fields.Many2many(
        "mailing.list",
        string="Mailing Lists",
        help="None: the general consent for everything the company sends.",
    )
    purpose = fields.Char(
        default=lambda self: self.env._("Newsletter by e-mail"),
        help="What the person will receive.",
    )
    note = fields.Text(
        string="How Did They Ask for It?",
        help="A mail that nobody asked for is advertising itself. Write down when and "
        "how these people asked, for the proof.",
    )
    renewal = fields.Boolean(
        string="Also Ask Who Has Confirmed Already",
        help="For consents that are old.",
    )
    line_ids = fields.One2many("newsletter.consent.request.wizard.line", "wizard_id")
    asked_count = fields.Integer(compute="_compute_counts")
    refused_count = fields.Integer(compute="_compute_counts")

    @api.depends("line_ids.refusal")
    def _compute_counts(self):
        for wizard in self:
            refused = wizard.line_ids.filtered("refusal")
            wizard.refused_count = len(refused)
            wizard.asked_count = len(wizard.line_ids) - len(refused)

    @api.onchange("form_id")
    def _onchange_form_id(self):
        if self.form_id:
            self.mailing_list_ids = self.form_id.mailing_list_ids
            self.purpose = self.form_id.purpose

    @api.model
    def _open_for(self, records):
        """The dialog for selected records.

        :raises UserError: nobody or too many were selected
        """
        if not records:
            raise UserError(self.env._("Select at least one record."))
        if len(records) > MOST:
            raise UserError(
                self.env._(
                    "At most %(most)s people are asked at once; you selected "
                    "%(number)s. A request needs a wish of each person.",
                    most=MOST,
                    number=len(records),
                )
            )
        records.check_access("read")
        field = records._newsletter_email_field()
        wizard = self.create(
            {
                "renewal": self.env.context.get("newsletter_renewal", False),
                "mailing_list_ids": [
                    (6, 0, records.mailing_list_id.ids)
                    if records._name == "newsletter.consent"
                    else (5, 0, 0)
                ],
                "line_ids": [
                    (0, 0, {"name": record.display_name, "email": record[field]})
                    for record in records
                ],
            }
        )
        return wizard._show()

    def _show(self):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Request double opt-in"),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
        }

    def action_request(self):
        """Ask those who may be asked.

        :raises UserError: there is no reason why, or nobody who may be asked
        """
        self.ensure_one()
        if not (self.note or "").strip():
            raise UserError(
                self.env._("Say how and when these people asked for the newsletter.")
            )
        lines = self.line_ids.filtered(lambda line: not line.refusal)
        if not lines:
            raise UserError(
                self.env._(
                    "Nobody of the selection may be asked. The reasons stand "
                    "beside each of them."
                )
            )
        opened = self.env["newsletter.consent.request"]
        for line in lines:
            evidence = {"purpose": self.purpose}
            lang = opened._language(False, parse(line.email).email, self.company_id)
            if wording := self.form_id._wording(lang) if self.form_id else False:
                wording._note_shown()
                evidence.update(wording=wording.text, wording_version=wording._label())
            requests, _refused = opened._open(
                [line.email],
                self.company_id,
                self.mailing_list_ids,
                origin="renewal" if self.renewal else "staff",
                form=self.form_id,
                name=line.name,
                note=self.note,
                evidence=evidence,
            )
            opened |= requests
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success" if opened else "warning",
                "message": self.env._(
                    "%(asked)s people are asked by mail, %(left)s are not.",
                    asked=len(opened),
                    left=len(self.line_ids) - len(opened),
                ),
                "next": {"type": "ir.actions.act_window_close"},
            },
        }


class NewsletterConsentRequestWizardLine(models.TransientModel):
    _name = "newsletter.consent.request.wizard.line"
    _description = "Person to Be Asked"

    wizard_id = fields.Many2one(
        "newsletter.consent.request.wizard", required=True, ondelete="cascade"
    )
    name = fields.Char(readonly=True)
    email = fields.Char(string="E-mail", readonly=True)
    refusal = fields.Selection(
        REFUSALS, compute="_compute_refusal", string="Is not asked because …"
    )

    @api.depends(
        "email",
        "wizard_id.company_id",
        "wizard_id.mailing_list_ids",
        "wizard_id.renewal",
    )
    def _compute_refusal(self):
        requests = self.env["newsletter.consent.request"]
        for wizard, lines in self.grouped("wizard_id").items():
            seen = set()
            # sudo: whether somebody may be asked decides for every user alike
            refused = requests.sudo()._refusals(
                [line.email or "" for line in lines],
                wizard.company_id,
                wizard.mailing_list_ids,
                "renewal" if wizard.renewal else "staff",
            )
            for line in lines:
                email = parse(line.email).email
                line.refusal = refused.get(line.email or "") or (
                    "twice" if email in seen else False
                )
                seen.add(email)
