"""Ask for the tombstones of very many addresses at once."""

import hashlib

from odoo import api, models
from odoo.tools import SQL


class NewsletterTombstone(models.Model):
    _inherit = "newsletter.tombstone"

    @api.model
    def _digest_sql(self, email):
        """The keyed hash of ``_digest`` (RFC 2104), with SHA-256 of PostgreSQL.

        :param email: SQL of a normalised address
        """
        # sudo: see _digest
        secret = self.env["ir.config_parameter"].sudo().get_param("database.secret")
        key = secret.encode()
        key = (hashlib.sha256(key).digest() if len(key) > 64 else key).ljust(64, b"\0")
        inner, outer = (bytes(byte ^ pad for byte in key) for pad in (0x36, 0x5C))
        return SQL(
            """
            encode(sha256(%s || sha256(
                %s || convert_to('newsletter:' || %s, 'UTF8'))), 'hex')
            """,
            outer,
            inner,
            email,
        )

    @api.model
    def _standing(self, coupling, row="met", without=()):
        """A query for the tombstones of the address ``met.email``.

        :param row: the table or alias that has the ``email``
        :param without: reasons that do not count here
        """
        place = coupling.mailing_list_id
        return self._query(coupling.company_id, coupling.id, place, row, without)

    @api.model
    def _standing_company(self, company, mailing_list, row="met"):
        """The same for a list that the company has not coupled."""
        return self._query(company, None, mailing_list, row, ())

    def _query(self, company, coupling_id, mailing_list, row, without):
        # sudo: see _known
        anybody = self.sudo().search_count([("company_id", "=", company.id)], limit=1)
        if not anybody:
            return SQL("SELECT WHERE FALSE")
        return SQL(
            """
            SELECT FROM newsletter_tombstone
             WHERE company_id = %s
               AND (coupling_id IS NULL AND list_key = 0
                    OR coupling_id = %s OR list_key = %s)
               AND reason <> ALL(%s)
               AND digest = %s
            """,
            company.id,
            coupling_id,
            mailing_list.id or None,
            list(without),
            self._digest_sql(SQL.identifier(row, "email")),
        )
