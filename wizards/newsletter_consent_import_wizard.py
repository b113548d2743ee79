"""Take consents over from an old list: by declaration, or by asking everybody anew."""

import base64
import csv
import io
from datetime import datetime

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..sync.address import parse

#: rows of one file; a longer one is split
MOST = 50_000
#: asked by mail in one go: a flood of mails is no request
MOST_ASKED = 500
#: names of the columns, as far as they are understood
COLUMNS = {
    "email": ("email", "e-mail", "mail", "e-mail-adresse", "emailadresse", "adresse"),
    "date": ("date", "datum", "opt-in", "optin", "consent_date", "anmeldedatum"),
    "note": ("note", "notiz", "bemerkung", "source", "quelle"),
}


class NewsletterConsentImportWizard(models.TransientModel):
    """Old lists come in as "other consent", never as double opt-in (E6, S4)."""

    _name = "newsletter.consent.import.wizard"
    _description = "Take Over Consents"
    _check_company_auto = True

    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    file = fields.Binary(
        required=True,
        attachment=False,
        help="CSV with the columns email, date (optional) and note (optional), or one "
        "address a line.",
    )
    file_name = fields.Char()
    mailing_list_id = fields.Many2one("mailing.list", help="Empty: for everything.")
    purpose = fields.Char(
        default=lambda self: self.env._("Newsletter by e-mail"), required=True
    )
    way = fields.Selection(
        [
            ("record", "They agreed; I can prove it"),
            ("ask", "Ask everybody anew by mail"),
        ],
        default="record",
        required=True,
    )
    source_system = fields.Char(
        string="Source",
        help="The program or folder that the list comes from. Bought lists and guessed "
        "addresses are never allowed.",
    )
    wording = fields.Text(help="The words that these people agreed to, if known.")
    date = fields.Date(
        string="Given on", help="Where the file names no date: at the latest then."
    )
    declared = fields.Boolean(
        string="I declare that these people agreed, and that the proof can be produced."
    )
    note = fields.Text(help="Where the proof lies, and how the consents were taken.")
    form_id = fields.Many2one("newsletter.consent.form", check_company=True)

    def action_import(self):
        """Read the file and record, or ask.

        :raises UserError: source, declaration or addresses are missing
        """
        self.ensure_one()
        self.env["newsletter.consent"].check_access("create")
        if not (self.source_system or "").strip():
            raise UserError(
                self.env._(
                    "Say where the list comes from: without a source it cannot "
                    "be taken over."
                )
            )
        if not (self.note or "").strip():
            raise UserError(self.env._("Say how and when these people agreed."))
        rows, bad = self._rows()
        if not rows:
            raise UserError(self.env._("The file holds no e-mail address."))
        return self._ask(rows, bad) if self.way == "ask" else self._record(rows, bad)

    # --- the file -----------------------------------------------------------------
    def _rows(self):
        """({address: (date, note)}, number of lines that hold no address)."""
        try:
            text = base64.b64decode(self.file).decode("utf-8-sig")
        except UnicodeDecodeError:
            text = base64.b64decode(self.file).decode("cp1252", "replace")
        try:
            dialect = csv.Sniffer().sniff(text[:4096], delimiters=";,\t")
        except csv.Error:
            dialect = csv.excel
        lines = [line for line in csv.reader(io.StringIO(text), dialect) if any(line)]
        if len(lines) > MOST:
            raise UserError(
                self.env._("At most %s lines at once; please split the file.", MOST)
            )
        places = self._places(lines[0] if lines else [])
        rows, bad = {}, 0
        for line in lines[1:] if "email" in places else lines:
            cells = {
                name: line[place].strip() if place < len(line) else ""
                for name, place in (places or {"email": 0}).items()
            }
            address = parse(cells.get("email"))
            if not address.email or address.problem:
                bad += 1
                continue
            rows[address.email] = (self._date(cells.get("date")), cells.get("note", ""))
        return rows, bad

    @staticmethod
    def _places(header):
        names = [cell.strip().lower() for cell in header]
        return {
            column: names.index(spelling)
            for column, spellings in COLUMNS.items()
            for spelling in spellings
            if spelling in names
        }

    def _date(self, text):
        """A date as programs write it: 2024-05-01, 01.05.2024, with or without time."""
        for pattern in ("%Y-%m-%d", "%d.%m.%Y"):
            try:
                return datetime.strptime((text or "")[:10], pattern)
            except ValueError:
                continue
        return False

    # --- what becomes of it -------------------------------------------------------
    def _record(self, rows, bad):
        if not self.declared:
            raise UserError(
                self.env._("Declare that these people agreed, or have them asked anew.")
            )
        consents = self.env["newsletter.consent"]._for_addresses(
            list(rows), self.company_id, self.mailing_list_id
        )
        fresh = consents.filtered(lambda c: c.state == "none")
        # sudo: the state follows from the evidence that is written next
        fresh.sudo().write({"purpose": self.purpose, "source": self.source_system})
        fallback = fields.Datetime.to_datetime(self.date) or fields.Datetime.now()
        by_fact = {}
        for consent in consents:
            by_fact.setdefault(rows[consent.email], consents.browse())
            by_fact[rows[consent.email]] |= consent
        for (date, note), group in by_fact.items():
            group._record(
                "import",
                at=min(date or fallback, fields.Datetime.now()),
                note="\n".join(filter(None, (self.note, note))),
                wording=self.wording,
                source_system=self.source_system,
                import_file=self.file_name,
                vouched_by=self.env.user.name,
            )
        kept_out = consents.filtered(lambda c: c.state == "withdrawn")
        return self._said(
            self.env._("Recorded: %s.", len(consents - kept_out)),
            len(kept_out),
            bad,
        )

    def _ask(self, rows, bad):
        if len(rows) > MOST_ASKED:
            raise UserError(
                self.env._(
                    "At most %s people are asked at once. Split the file.", MOST_ASKED
                )
            )
        requests, refused = self.env["newsletter.consent"]._request(
            list(rows),
            self.company_id,
            self.mailing_list_id,
            origin="import",
            form=self.form_id,
            note=self.note,
            evidence={
                "source_system": self.source_system,
                "import_file": self.file_name,
                "vouched_by": self.env.user.name,
                "wording": self.wording,
                "purpose": self.purpose,
            },
        )
        return self._said(
            self.env._("Asked by mail: %s.", len(requests)), len(refused), bad
        )

    @api.model
    def _said(self, done, kept_out, bad):
        message = [done]
        if kept_out:
            message.append(
                self.env._(
                    "Left out, because they objected or were asked: %s.", kept_out
                )
            )
        if bad:
            message.append(self.env._("Lines without a usable address: %s.", bad))
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "warning" if kept_out or bad else "success",
                "message": " ".join(message),
                "sticky": bool(kept_out or bad),
                "next": {"type": "ir.actions.act_window_close"},
            },
        }
