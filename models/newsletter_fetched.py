"""The stage: what a fetch has read from the tool and not compared yet."""

from odoo import fields, models

from .newsletter_member import STATUSES


class NewsletterFetched(models.Model):
    """Rows live from the fetch to the end of its comparison, then they are deleted.

    Written by ``COPY`` and read by SQL, page by page and set-wise; the ORM never holds
    more than a slice. The page and the run's cursor are committed together.
    """

    _name = "newsletter.fetched"
    _description = "Fetched Newsletter Recipient"
    _log_access = False

    run_id = fields.Many2one("newsletter.run", required=True, ondelete="cascade")
    remote_id = fields.Char()
    email = fields.Char(help="Normalised address.")
    status = fields.Selection(STATUSES)
    status_at = fields.Datetime()
    changed_at = fields.Datetime()
    opt_in_at = fields.Datetime()
    opt_in_ip = fields.Char()
    reason = fields.Char()
    # mapped fields only, keyed by mapping id as text: no more enters the house
    values = fields.Json()
    digest = fields.Char()
    # of whom the tool waits for a click: at the earliest; see ``sync.reconcile_status``
    read_at = fields.Datetime()

    _of_run = models.Index("(run_id, id)")
