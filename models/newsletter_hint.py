"""Somebody of whom the tool has told something, waiting to be read back."""

from odoo import api, fields, models
from odoo.tools import SQL


class NewsletterHint(models.Model):
    """Only ever inserted, and deleted when the person has been read from the tool.

    Several calls about one person are one hint. A hint that is being read is ``taken``;
    what is told meanwhile is a new one, so that no change slips through.
    """

    _name = "newsletter.hint"
    _description = "Newsletter Hint"
    _order = "id"
    _log_access = False

    coupling_id = fields.Many2one(
        "newsletter.coupling", required=True, ondelete="cascade"
    )
    remote_id = fields.Char(required=True)
    email = fields.Char(required=True, help="Normalised address.")
    heard_at = fields.Datetime(required=True)
    sure = fields.Boolean(help="Not to be taken for the echo of what Odoo has sent.")
    taken = fields.Boolean()

    _once = models.UniqueIndex("(coupling_id, remote_id, email) WHERE NOT taken")
    _of_coupling = models.Index("(coupling_id, id)")

    @api.model
    def _hear(self, rows):
        """Remember hints.

        :param rows: ``(coupling id, remote id, address, heard at, sure)``; the id or
            the address may be ""
        """
        merged = {}
        for coupling_id, remote_id, email, heard_at, sure in rows:
            key = (coupling_id, remote_id, email)
            known_at, known_sure = merged.get(key, (heard_at, False))
            merged[key] = (max(known_at, heard_at), known_sure or sure)
        if not merged:
            return
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO newsletter_hint AS known (
                    coupling_id, remote_id, email, heard_at, sure, taken
                )
                VALUES %s
                ON CONFLICT (coupling_id, remote_id, email) WHERE NOT taken
                DO UPDATE SET sure = known.sure OR excluded.sure,
                              heard_at = GREATEST(known.heard_at, excluded.heard_at)
                """,
                SQL(", ").join(
                    SQL("(%s, %s, %s, %s, %s, FALSE)", *key, *said)
                    for key, said in merged.items()
                ),
            )
        )
        self.invalidate_model()
