"""Mails that came back: each of them, and what they come to for an address."""

import hashlib

from odoo import api, fields, models

from ..sync import bounce as rules
from ..sync.address import parse

KINDS = [
    ("hard", "Address unknown"),
    ("repeated", "Address probably unknown"),
    ("soft", "Temporary"),
    ("general", "Cannot be told"),
    ("fault", "Fault of the mail"),
    ("policy", "Sender refused"),
]


class NewsletterBounce(models.Model):
    """One mail that came back, as it was told; kept beside what we make of it (B3)."""

    _name = "newsletter.bounce"
    _description = "Returned Newsletter Mail"
    _order = "date desc, id desc"
    _rec_name = "email"

    email = fields.Char(string="E-mail", required=True, readonly=True, index=True)
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True
    )
    date = fields.Datetime(required=True, readonly=True)
    kind = fields.Selection(KINDS, required=True, readonly=True)
    code = fields.Char(readonly=True, help="As it was told: a status code or a word.")
    text = fields.Char(readonly=True)
    said = fields.Char(
        string="Class of the Tool", readonly=True, help="What the tool made of it."
    )
    connection_id = fields.Many2one(
        "newsletter.connection",
        string="Account",
        readonly=True,
        ondelete="set null",
        index="btree_not_null",
        help="Empty: a mail that Odoo itself had sent.",
    )
    mailing_id = fields.Many2one(
        "mailing.mailing", readonly=True, ondelete="set null", index="btree_not_null"
    )
    key = fields.Char(readonly=True)

    _key_once = models.UniqueIndex("(company_id, key)", "This return is known already.")

    @api.model
    def _report(self, rows, company):
        """Take in mails that came back; what is known already is left out.

        :param rows: dicts with ``email`` and any of at (naive UTC), code, text, action,
            said (``Status``), connection, mailing
        :return: the states of the addresses that changed
        """
        values = {}
        for row in rows:
            email = parse(row["email"]).email
            kind = rules.classify(
                row.get("code") or "",
                row.get("text") or "",
                action=row.get("action") or "",
                said=row.get("said"),
            )
            if not email or kind is rules.Kind.NONE:
                continue
            entry = self._values({**row, "email": email}, kind, company)
            values[entry["key"]] = entry
        # sudo: returns are written by code only
        bounces = self.sudo()
        known = set(
            bounces.search(
                [("company_id", "=", company.id), ("key", "in", list(values))]
            ).mapped("key")
        )
        new = bounces.create([v for key, v in values.items() if key not in known])
        new._alarm_of_refusals()
        about = new.filtered(
            lambda bounce: rules.Kind(bounce.kind) in rules.ABOUT_ADDRESS
        )
        return bounces.env["newsletter.bounce.address"]._judge(
            set(about.mapped("email")), company
        )

    @api.model
    def _values(self, row, kind, company):
        said = row.get("said")
        connection = row.get("connection")
        mailing = row.get("mailing")
        at = row.get("at") or fields.Datetime.now()
        code = row.get("code") or ""
        identity = [row["email"], str(at), code, str(connection and connection.id)]
        return {
            "email": row["email"],
            "company_id": company.id,
            "date": at,
            "kind": kind.value,
            "code": code or False,
            "text": (row.get("text") or "")[:500] or False,
            "said": said.value if said else False,
            "connection_id": connection.id if connection else False,
            "mailing_id": mailing.id if mailing else False,
            "key": hashlib.sha256("|".join(identity).encode()).hexdigest(),
        }

    def _alarm_of_refusals(self):
        """A mailing of which too much was refused because of its sender alarms."""
        for mailing in self.filtered(lambda each: each.kind == "policy").mailing_id:
            refused = self.search_count(
                [("mailing_id", "=", mailing.id), ("kind", "=", "policy")]
            )
            sent = self.env["mailing.trace"].search_count(
                [("mass_mailing_id", "=", mailing.id), ("sent_datetime", "!=", False)]
            )
            events = self.env["newsletter.event"]
            told = events.search_count(
                [
                    ("code", "=", "sender_refused"),
                    ("res_model", "=", mailing._name),
                    ("res_id", "=", mailing.id),
                ],
                limit=1,
            )
            if not told and rules.too_many_refusals(refused, sent):
                events._log(
                    "sender_refused",
                    level="error",
                    record=mailing,
                    text=self.env._(
                        "%(count)s of %(sent)s mails of “%(mailing)s” were refused "
                        "because of the sender. Check SPF, DKIM and DMARC; no address "
                        "is to blame.",
                        count=refused,
                        sent=sent,
                        mailing=mailing.display_name,
                    ),
                )
