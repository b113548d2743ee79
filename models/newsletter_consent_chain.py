"""The chain that ties all evidence of one address together, and the check of it."""

import base64
import hashlib
import secrets

from odoo import api, fields, models
from odoo.tools import SQL, config

from ..sync import evidence
from .newsletter_consent_event import CONTENT, FACTS, TRACE

PROBLEMS = [
    ("changed", "A piece of evidence was changed"),
    ("broken", "The order of the evidence was changed"),
    ("missing", "Evidence is missing"),
    ("forged", "Evidence was added by somebody else"),
    ("state", "The state does not follow from the evidence"),
]

#: the name of our own key among the system parameters, and in Odoo's configuration file
KEY_PARAMETER = "newsletter_sync.evidence_key"
KEY_OPTION = "newsletter_evidence_key"


class NewsletterConsentChain(models.Model):
    """Where the chain of one address and company ends: number of pieces, last hash.

    It is locked while evidence is added, so that a chain never forks.
    """

    _name = "newsletter.consent.chain"
    _description = "Chain of Evidence"
    _order = "id"
    _rec_name = "email"

    company_id = fields.Many2one("res.company", required=True, readonly=True)
    email = fields.Char(string="E-mail", required=True, readonly=True)
    pieces = fields.Integer(
        string="Pieces of Evidence", required=True, readonly=True, default=0
    )
    last_hash = fields.Char(readonly=True)
    seal = fields.Char(readonly=True)
    checked_at = fields.Datetime(string="Checked at", readonly=True, index=True)
    problem = fields.Selection(PROBLEMS, readonly=True, index="btree_not_null")
    problem_position = fields.Integer(
        string="At Piece", readonly=True, help="0: at the end of the chain."
    )
    # found when evidence was added, which gave the head a new seal: no later check can
    # find it again
    damaged_at = fields.Datetime(readonly=True)
    event_ids = fields.One2many(
        "newsletter.consent.event", "chain_id", string="Evidence", readonly=True
    )

    _once = models.UniqueIndex("(company_id, email)", "One chain for each address.")

    def init(self):
        """A key of our own; see ``_key``."""
        # sudo: the key is nobody's to read
        parameters = self.env["ir.config_parameter"].sudo()
        if not parameters.get_param(KEY_PARAMETER) and not config.get(KEY_OPTION):
            parameters.set_param(KEY_PARAMETER, secrets.token_hex(32))

    @api.model
    def _key(self):
        """What evidence is sealed with.

        It should stand in Odoo's configuration file, out of reach of whoever can write
        to the database; else it is a system parameter.
        """
        # sudo: see init
        parameters = self.env["ir.config_parameter"].sudo()
        return config.get(KEY_OPTION) or parameters.get_param(KEY_PARAMETER) or ""

    @staticmethod
    def _whose(company_id, email):
        """The name of a chain, as it is sealed with its head."""
        return f"{company_id} {email}"

    # --- adding ------------------------------------------------------------------
    @api.model
    def _append(self, rows):
        """Give rows of evidence their places: position, hashes, seal.

        :param rows: complete values for ``newsletter.consent.event``; they are extended
        """
        if not rows:
            return
        heads = self._lock({(row["company_id"], row["email"]) for row in rows})
        self._notice_damage(heads.values())
        key = self._key()
        for row in rows:
            head = heads[row["company_id"], row["email"]]
            piece = evidence.next_piece(
                head["last_hash"] or evidence.START,
                head["pieces"] + 1,
                self._facts(row),
                evidence.part(secrets.token_hex(16), self._content(row)),
                evidence.part(secrets.token_hex(16), self._trace(row)),
                key,
            )
            head.update(pieces=piece.position, last_hash=piece.hash)
            row.update(
                chain_id=head["id"],
                position=piece.position,
                previous_hash=piece.previous,
                hash=piece.hash,
                seal=piece.seal,
                content_salt=piece.content.salt,
                content_digest=piece.content.digest,
                trace_salt=piece.trace.salt,
                trace_digest=piece.trace.digest,
            )
        self._move(heads, key)

    @api.model
    def _lock(self, keys):
        """{(company id, address): head as dict}, locked in a fixed order."""
        companies, emails = zip(*sorted(keys), strict=True)
        wanted = SQL("unnest(%s, %s)", list(companies), list(emails))
        self.env.execute_query(
            SQL(
                """
                INSERT INTO newsletter_consent_chain (company_id, email, pieces)
                SELECT company_id, email, 0 FROM %s AS wanted (company_id, email)
                ON CONFLICT DO NOTHING RETURNING id
                """,
                wanted,
            )
        )
        found = self.env.execute_query_dict(
            SQL(
                """
                SELECT head.id, head.company_id, head.email, head.pieces,
                       head.last_hash, head.seal
                  FROM newsletter_consent_chain head
                  JOIN %s AS wanted (company_id, email)
                 USING (company_id, email)
                 ORDER BY head.id
                   FOR UPDATE OF head
                """,
                wanted,
            )
        )
        return {(head["company_id"], head["email"]): head for head in found}

    @api.model
    def _notice_damage(self, heads):
        """A head that was tampered with is noted before it gets a new seal.

        Nobody is kept from leaving or agreeing by that, but it stays visible.
        """
        key = self._key()
        for head in heads:
            whose = self._whose(head["company_id"], head["email"])
            expected = evidence.head(whose, head["pieces"], head["last_hash"], key)
            if head["pieces"] and expected.seal != head["seal"]:
                damaged = self.browse(head["id"])
                damaged._note("forged", 0)
                damaged.damaged_at = fields.Datetime.now()

    @api.model
    def _move(self, heads, key):
        """Write the new ends of the chains."""
        ends = [
            (
                head["id"],
                head["pieces"],
                head["last_hash"],
                evidence.head(
                    self._whose(*whose), head["pieces"], head["last_hash"], key
                ).seal,
            )
            for whose, head in heads.items()
        ]
        ids, counts, hashes, seals = (
            list(column) for column in zip(*ends, strict=True)
        )
        self.env.cr.execute(
            SQL(
                """
                UPDATE newsletter_consent_chain head
                   SET pieces = moved.pieces, last_hash = moved.last_hash,
                       seal = moved.seal
                  FROM unnest(%s, %s, %s, %s)
                    AS moved (id, pieces, last_hash, seal)
                 WHERE head.id = moved.id
                """,
                ids,
                counts,
                hashes,
                seals,
            )
        )
        self.browse(ids).invalidate_recordset(["pieces", "last_hash", "seal"])

    # --- how rows and records are spelled -------------------------------------------
    @api.model
    def _facts(self, row):
        events = self.env["newsletter.consent.event"]
        return {
            **events._says(row, FACTS),
            "company": int(row["company_id"]),
            "date": fields.Datetime.to_string(row["date"]),
            "recorded_at": fields.Datetime.to_string(row["recorded_at"]),
        }

    @api.model
    def _content(self, row):
        document = row.get("document")
        digest = document and hashlib.sha256(base64.b64decode(document)).hexdigest()
        says = self.env["newsletter.consent.event"]._says(row, CONTENT)
        return {**says, "document": digest or False}

    @api.model
    def _trace(self, row):
        return self.env["newsletter.consent.event"]._says(row, TRACE)

    @api.model
    def _piece(self, event):
        """A stored piece of evidence for the examination."""
        row = {name: event[name] for name in (*FACTS, *CONTENT, *TRACE)}
        row.update(date=event.date, recorded_at=event.recorded_at)
        row["company_id"] = event.company_id.id
        if event.document_name:
            row["document"] = event.with_context(bin_size=False).document
        return evidence.Piece(
            position=event.position,
            previous=event.previous_hash or evidence.START,
            facts=self._facts(row),
            content=evidence.Part(
                says=self._content(row),
                salt=event.content_salt or "",
                digest=event.content_digest,
            ),
            trace=evidence.Part(
                says=self._trace(row),
                salt=event.trace_salt or "",
                digest=event.trace_digest,
            ),
            hash=event.hash,
            seal=event.seal,
        )
