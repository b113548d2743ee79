"""All evidence of an address in readable form: for a person, an authority, a court."""

import json

from odoo import fields, models
from odoo.exceptions import UserError

from ..sync.reactions import BOX
from .newsletter_consent_event import CONTENT, TRACE

#: what a reader is shown of a piece, in this order
SHOWN = (
    "date",
    "recorded_at",
    "kind",
    "origin",
    "list_name",
    "medium",
    *(name for name in CONTENT if name not in ("body", "boxes", "lists")),
    "lists",
    "boxes",
    *TRACE,
    "erased_at",
    "body",
)
#: by which others can check the chain with these data alone, but for the seal
CHAIN = (
    "position",
    "previous_hash",
    "hash",
    "seal",
    "content_digest",
    "trace_digest",
)


class NewsletterConsent(models.Model):
    _inherit = "newsletter.consent"

    def _evidence_chains(self):
        """The chains of these addresses, whoever's consent was selected."""
        return self.env["newsletter.consent.chain"].search(
            [
                ("company_id", "in", self.company_id.ids),
                ("email", "in", self.mapped("email")),
            ]
        )

    def action_evidence_pdf(self):
        """All that is known of these addresses, to be read and printed."""
        return self._evidence_chains().action_evidence_pdf()

    def action_evidence_json(self):
        """The same as data.

        :raises UserError: several addresses were selected
        """
        chains = self._evidence_chains()
        if len(chains) != 1:
            raise UserError(self.env._("Select one address, with evidence."))
        return chains.action_evidence_json()


class NewsletterConsentChain(models.Model):
    _inherit = "newsletter.consent.chain"

    def action_evidence_pdf(self):
        """All that is known of these addresses, to be read and printed.

        Where the server makes no PDF the same page opens, for the browser to print.
        """
        self.check_access("read")
        report = self.env.ref("newsletter_sync.action_report_evidence")
        if report.get_wkhtmltopdf_state() not in ("ok", "upgrade"):
            numbers = ",".join(str(number) for number in self.ids)
            return {
                "type": "ir.actions.act_url",
                "url": f"/newsletter_sync/evidence/print/{numbers}",
                "target": "new",
            }
        # the paper's layout is its own: nobody is asked for the company's
        return report.report_action(self, config=False)

    def action_evidence_json(self):
        """The same as data, for one address."""
        self.ensure_one()
        self.check_access("read")
        return {
            "type": "ir.actions.act_url",
            "url": f"/newsletter_sync/evidence/{self.id}/evidence.json",
            "target": "download",
        }

    # --- the data -----------------------------------------------------------------
    def _evidence_data(self):
        """What is proven of one address, as plain values.

        Reading is logged, and the chain is examined at once, so that a print never says
        "intact" of what nobody has looked at.
        """
        self.ensure_one()
        self.event_ids.check_access("read")
        self._check()
        self.env["newsletter.consent"]._log_reading(
            self.event_ids.consent_id, self.env._("Evidence was exported")
        )
        return {
            "address": self.email,
            "company": self.company_id.name,
            "made_at": _iso(fields.Datetime.now()),
            "made_by": self.env.user.name,
            "chain": {
                "pieces": self.pieces,
                "intact": not self.problem,
                "problem": self.problem or None,
                "checked_at": _iso(self.checked_at),
                "last_hash": self.last_hash,
            },
            "consents": [
                {
                    "list": consent.mailing_list_id.name or None,
                    "medium": consent.medium,
                    "purpose": consent.purpose,
                    "state": consent.state,
                    "since": _iso(consent.state_at),
                    "basis": consent.basis or "none",
                    "reactions_since": _iso(consent.reactions_at) or None,
                }
                for consent in self.event_ids.consent_id
            ],
            "evidence": [event._data() for event in self.event_ids.sorted("position")],
        }

    def _evidence_json(self):
        return json.dumps(self._evidence_data(), ensure_ascii=False, indent=2)

    def _evidence_print(self):
        """For the report: each piece as (title, [(label, text)], text of the mail)."""
        self.ensure_one()
        return [event._print() for event in self.event_ids.sorted("position")]

    def _evidence_logged(self):
        """For the report: examine the chain, log the reading; shows nothing."""
        self._evidence_data()
        return ""


class NewsletterConsentEvent(models.Model):
    _inherit = "newsletter.consent.event"

    def _data(self):
        self.ensure_one()
        row = {}
        for name in (*SHOWN, *CHAIN):
            value = self[name]
            if self._fields[name].type == "datetime":
                value = _iso(value)
            row[name] = value or None
        for name in ("lists", "boxes"):
            row[name] = json.loads(row[name]) if row[name] else None
        return {name: value for name, value in row.items() if value is not None}

    def _print(self):
        """The piece in words of the reader's language."""
        self.ensure_one()
        described = self.fields_get(SHOWN, ["string", "selection", "type"])
        lines = []
        for name in SHOWN:
            value = self[name]
            if not value or name in ("kind", "body"):
                continue
            field = described[name]
            if field["type"] == "selection":
                value = dict(field["selection"])[value]
            elif field["type"] == "datetime":
                value = f"{fields.Datetime.to_string(value)} UTC"
            elif name == "lists":
                value = ", ".join(json.loads(value))
            elif name == "boxes":
                media = dict(described["medium"]["selection"])
                spelled = {**media, "0": "", BOX: self.env._("Opens and clicks")}
                value = ", ".join(
                    f"{'☑' if ticked else '☐'} {spelled.get(box, box)}".strip()
                    for box, ticked in json.loads(value).items()
                )
            elif value is True:
                value = self.env._("Yes")
            lines.append((field["string"], value))
        kinds = dict(described["kind"]["selection"])
        return kinds[self.kind], lines, self.body or ""


class ResPartner(models.Model):
    _inherit = "res.partner"

    def action_newsletter_evidence(self):
        """The evidence of all addresses of a person.

        :raises UserError: there is none
        """
        self.check_access("read")
        consents = self.env["newsletter.consent"].search(
            [("email", "in", [e for e in self.mapped("email_normalized") if e])]
        )
        if not consents._evidence_chains():
            raise UserError(
                self.env._("No evidence is on file for this person's address.")
            )
        return consents.action_evidence_pdf()


def _iso(moment):
    return moment and f"{moment.isoformat(sep='T', timespec='seconds')}Z"
