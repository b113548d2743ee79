"""Somebody who must not come back, remembered without saying who."""

import hashlib
import hmac

from odoo import api, fields, models
from odoo.fields import Domain

#: about everything that a company sends, and not about one coupling or list
EVERYTHING = Domain("coupling_id", "=", False) & Domain("list_key", "=", 0)


class NewsletterTombstone(models.Model):
    """A keyed hash of an address that was deleted, merged away or erased.

    Checked wherever somebody could enter: fetch, import, push, webhook. A new consent
    of the person, given later, is the only way back (``_lift``).
    """

    _name = "newsletter.tombstone"
    _description = "Newsletter Tombstone"
    _order = "id desc"
    _rec_name = "reason"

    company_id = fields.Many2one(
        "res.company", required=True, index=True, ondelete="cascade"
    )
    # no coupling and no list: for every list of the company
    coupling_id = fields.Many2one(
        "newsletter.coupling", ondelete="cascade", index="btree_not_null"
    )
    # the id of a mailing list, a plain number: what was said of a list outlives its
    # couplings, and the list itself without becoming one of everything; 0: of no list
    list_key = fields.Integer(required=True, default=0, readonly=True)
    digest = fields.Char(required=True, readonly=True)
    reason = fields.Selection(
        [
            ("removed", "Taken off the list"),
            ("deleted", "Contact deleted"),
            ("merged", "Contacts merged"),
            ("erased", "Erased on request"),
        ],
        required=True,
        readonly=True,
    )
    date = fields.Datetime(default=fields.Datetime.now, readonly=True)

    _once = models.UniqueIndex(
        "(company_id, digest, COALESCE(coupling_id, 0), list_key)",
        "There is a tombstone for this address already.",
    )

    @api.model
    def _digest(self, email):
        """Keyed hash of a normalised address; the key is the database's own secret."""
        # sudo: the secret is nobody's to read
        secret = self.env["ir.config_parameter"].sudo().get_param("database.secret")
        return hmac.new(
            secret.encode(), f"newsletter:{email}".encode(), hashlib.sha256
        ).hexdigest()

    @api.model
    def _remember(self, emails, company, reason, coupling=None):
        """Put up tombstones for normalised addresses; harmless when repeated."""
        coupling_id = coupling.id if coupling else False
        known = self._known(emails, company, coupling)
        # sudo: nobody may write them by hand
        self.sudo().create(
            [
                {
                    "company_id": company.id,
                    "coupling_id": coupling_id,
                    "digest": self._digest(email),
                    "reason": reason,
                }
                for email in dict.fromkeys(emails)
                if email and email not in known
            ]
        )

    @api.model
    def _known(self, emails, company, coupling=None, without=(), lists=None):
        """Those of the normalised addresses that must not come back (a set).

        :param without: reasons that do not count
        :param lists: mailing lists about which it may have been said, besides
        """
        about = self._about(coupling)
        if lists:
            about |= Domain("list_key", "in", lists.ids)
        domain = Domain("company_id", "=", company.id) & about
        domain &= Domain("reason", "not in", list(without))
        # sudo: the memory of the synchronisation, asked for every decision
        tombstones = self.sudo()
        # a hash for everybody costs more than to see that there is nothing to compare
        if not emails or not tombstones.search_count(domain, limit=1):
            return set()
        digests = {self._digest(email): email for email in emails if email}
        found = tombstones.search(domain & Domain("digest", "in", list(digests)))
        return {digests[tombstone.digest] for tombstone in found}

    @api.model
    def _about(self, coupling=None):
        """The domain of what counts for a coupling, None: of what counts everywhere."""
        if not coupling:
            return EVERYTHING
        here = Domain("coupling_id", "in", coupling.ids)
        if place := coupling.mailing_list_id:
            here |= Domain("list_key", "in", place.ids)
        return EVERYTHING | here
