"""Put people on a mailing list, or take them off, by scanning their codes (C20)."""

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..models.newsletter_assignment_add import OUTCOMES
from ..models.newsletter_list_sorting import WAYS
from ..sync.address import parse

#: scans that stay on the screen
SHOWN = 200


class NewsletterScan(models.TransientModel):
    """One list, one direction, one code after another; each says what became of it.

    A code is a contact's barcode, else its reference, else an e-mail address. Adding
    follows the rules of every other way: nobody twice, nobody who left.
    """

    _name = "newsletter.scan"
    _description = "Scan People of a Mailing List"

    mailing_list_id = fields.Many2one(
        "mailing.list", required=True, readonly=True, ondelete="cascade"
    )
    operation = fields.Selection(
        [("add", "Add to the list"), ("remove", "Take off the list")],
        string="Each Code",
        required=True,
        default="add",
    )
    way_out = fields.Selection(WAYS, string="How", required=True, default="remove")
    is_coupled = fields.Boolean(compute="_compute_is_coupled")
    # read by the scanner's field, never stored with a code
    code = fields.Char(store=False)
    done_count = fields.Integer(string="Added", compute="_compute_counts")
    removed_count = fields.Integer(string="Taken Off", compute="_compute_counts")
    other_count = fields.Integer(string="Not Done", compute="_compute_counts")
    line_ids = fields.One2many("newsletter.scan.line", "scan_id", readonly=True)

    @api.depends("mailing_list_id")
    def _compute_is_coupled(self):
        for scan in self:
            # sudo: couplings of other companies count as well
            scan.is_coupled = bool(scan.mailing_list_id.sudo().newsletter_coupling_ids)

    @api.depends("line_ids.outcome")
    def _compute_counts(self):
        for scan in self:
            outcomes = scan.line_ids.mapped("outcome")
            scan.done_count = outcomes.count("added")
            scan.removed_count = outcomes.count("removed")
            scan.other_count = len(outcomes) - scan.done_count - scan.removed_count

    # --- one code ---------------------------------------------------------------------
    def action_scan(self, code):
        """Do what is chosen with whoever has this code.

        :return: dict of ``level`` (success, info, warning, danger) and ``text``
        :raises UserError: the list has ended or is archived
        """
        self.ensure_one()
        # a scanner may send blanks or end marks around what is printed
        code = "".join(char for char in code or "" if char.isprintable()).strip()
        if not code:
            return {"level": "warning", "text": self.env._("Nothing was read.")}
        found = self._find(code)
        if not found:
            outcome, person = "unknown", found
        elif len(found) > 1:
            outcome, person = "several", found[:0]
        else:
            person = found
            outcome = (
                self._add(person) if self.operation == "add" else self._off(person)
            )
        line = self.env["newsletter.scan.line"].create(
            {
                "scan_id": self.id,
                "code": code,
                "res_model": person._name if person else False,
                "res_id": person.id,
                "name": person.display_name if person else False,
                "outcome": outcome,
            }
        )
        self.env["newsletter.scan.line"].search(
            [("scan_id", "=", self.id)], offset=SHOWN
        ).unlink()
        told = line.name or code
        return {"level": line.level, "text": f"{told}: {line.outcome_text}"}

    def _find(self, code):
        """Who has the code: one record, several, or none."""
        # archived ones are found too, so that the outcome can say it
        partners = self.env["res.partner"].with_context(active_test=False)
        for name in ("barcode", "ref"):
            found = partners.search([(name, "=", code)], limit=20)
            found = found.filtered("active") or found
            if found:
                return found[:2]
        email = parse(code).email
        if not email:
            return partners
        # several contacts with one address are the same participant
        for people in (partners, self.env["mailing.contact"]):
            found = people.search([("email_normalized", "=", email)], order="id")
            if found:
                return (
                    found.filtered("active")[:1] if "active" in found else found[:1]
                ) or found[:1]
        return partners

    def _add(self, person):
        mailing_list = self.mailing_list_id
        [place] = self.env["newsletter.assignment"]._add(
            [(person.with_env(self.env), "")],
            mailing_list,
            mailing_list.newsletter_activity_ids,
        )
        if place.code == "added":
            self._log(
                self.env._("%(user)s scanned %(person)s onto “%(list)s”."), person
            )
        return place.code

    def _off(self, person):
        """Take somebody off the list; that is no leaving (see ``docs/lists.md``)."""
        self.env["mailing.subscription"].check_access("unlink")
        if self.is_coupled:
            # what a tool is told is decided by those who manage couplings
            self.env["newsletter.coupling"].check_access("write")
        mailing_list = self.mailing_list_id
        self.env.flush_all()
        emails = list(person._newsletter_person_addresses())
        rows = self.env["mailing.subscription"].search(
            [
                ("list_id", "=", mailing_list.id),
                ("contact_id.email_normalized", "in", emails),
            ]
        )
        if not rows:
            return "absent"
        staying = rows.filtered(lambda row: not row.opt_out)
        if not staying:
            return "gone"
        self.env["newsletter.list.people"]._sort_out(
            mailing_list, self.way_out, SQL("SELECT unnest(%s)", staying.contact_id.ids)
        )
        self._log(self.env._("%(user)s scanned %(person)s off “%(list)s”."), person)
        return "removed"

    def _log(self, text, person):
        self.env["newsletter.event"]._log(
            "scanned",
            record=person,
            text=text
            % {
                "user": self.env.user.name,
                "person": person.display_name,
                "list": self.mailing_list_id.name,
            },
        )

    def action_close(self):
        """The screen behind shows what has changed; the tools are told as usual."""
        self.ensure_one()
        # sudo: what the couplings allow is done, whoever changes their list
        for coupling in self.mailing_list_id.sudo().newsletter_coupling_ids:
            coupling._transmit_by_itself(self.env.user)
        return {"type": "ir.actions.client", "tag": "soft_reload"}


class NewsletterScanLine(models.TransientModel):
    """What became of one code."""

    _name = "newsletter.scan.line"
    _description = "Scanned Code"
    _order = "id desc"

    scan_id = fields.Many2one("newsletter.scan", required=True, ondelete="cascade")
    code = fields.Char()
    name = fields.Char(string="Who")
    res_model = fields.Char()
    res_id = fields.Many2oneReference(model_field="res_model")
    outcome = fields.Char()
    outcome_text = fields.Char(string="What Happened", compute="_compute_outcome_text")
    level = fields.Char(compute="_compute_outcome_text")

    @api.depends("outcome")
    @api.depends_context("lang")
    def _compute_outcome_text(self):
        texts = {
            **{code: self.env._(text) for code, text in OUTCOMES.items()},
            "removed": self.env._("Taken off the list"),
            "absent": self.env._("Is not on the list"),
            "gone": self.env._("Has left this list before; that stays so"),
            "unknown": self.env._("Nobody has this code"),
            "several": self.env._(
                "Several contacts have this code; correct that first"
            ),
        }
        levels = {
            **dict.fromkeys(("added", "removed"), "success"),
            **dict.fromkeys(("known", "absent", "gone"), "info"),
            "unknown": "danger",
            "several": "danger",
        }
        for line in self:
            line.outcome_text = texts.get(line.outcome, "")
            line.level = levels.get(line.outcome, "warning")

    def action_open_record(self):
        """Whoever has the code."""
        self.ensure_one()
        if not self.res_model:
            raise UserError(self.env._("Nobody has this code."))
        return {
            "type": "ir.actions.act_window",
            "res_model": self.res_model,
            "res_id": self.res_id,
            "views": [(False, "form")],
            "target": "new",
        }


class MailingList(models.Model):
    _inherit = "mailing.list"

    def action_newsletter_scan(self):
        """Scan codes of people who come onto this list, or go."""
        self.ensure_one()
        self.env["newsletter.list.people"]._check_open(self)
        scan = self.env["newsletter.scan"].create({"mailing_list_id": self.id})
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Scan Codes: %s", self.name),
            "res_model": scan._name,
            "res_id": scan.id,
            "views": [(False, "form")],
            "target": "new",
        }
