"""How often somebody may ask: against floods of mails to other people (rule D3)."""

from datetime import timedelta
from ipaddress import ip_address

from odoo import api, fields, models
from odoo.tools import hmac

#: a row is forgotten when no limit looks back so far
KEPT = timedelta(days=2)
#: system parameters and what holds without them: attempts, hours
LIMITS = {
    "address": ("newsletter_sync.requests_per_address", 3, 24),
    "client": ("newsletter_sync.requests_per_client", 20, 1),
}


class NewsletterConsentAttempt(models.Model):
    """One attempt of an address or a client, as a keyed hash that names nobody.

    Each attempt is a row of its own: a counter would make those who ask at the same
    moment wait for each other.
    """

    _name = "newsletter.consent.attempt"
    _description = "Attempt to Subscribe"
    _rec_name = "digest"
    _log_access = False

    date = fields.Datetime(required=True, default=fields.Datetime.now, index=True)
    digest = fields.Char(required=True)

    _lately = models.Index("(digest, date)")

    @api.model
    def _allow(self, kind, who, company):
        """Count one attempt and tell whether it was within the limit.

        :param kind: a key of ``LIMITS``
        :param who: a normalised address, or the address of the client
        """
        parameter, default, hours = LIMITS[kind]
        # sudo: the limits and the attempts are nobody's to read
        parameters = self.env["ir.config_parameter"].sudo()
        try:
            limit = int(parameters.get_param(parameter, default))
        except ValueError:
            limit = default
        place = _network(who) if kind == "client" else f"{company.id}:{who}"
        digest = hmac(self.env(su=True), "newsletter-attempt", f"{kind}:{place}")
        since = fields.Datetime.now() - timedelta(hours=hours)
        attempts = self.sudo()
        before = attempts.search_count(
            [("digest", "=", digest), ("date", ">", since)], limit=limit
        )
        if before >= limit:
            return False
        attempts.create({"digest": digest})
        return True

    @api.autovacuum
    def _gc_attempts(self):
        old = self.search([("date", "<", fields.Datetime.now() - KEPT)], limit=10_000)
        old.unlink()
        return len(old), len(old) == 10_000


def _network(client):
    """Whom a limit is about: of IPv6 one household has a whole network (/64)."""
    try:
        address = ip_address(client)
    except ValueError:
        return client
    if address.version == 4:
        return address.exploded
    mapped = address.ipv4_mapped
    return mapped.exploded if mapped else ":".join(address.exploded.split(":")[:4])
