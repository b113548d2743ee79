"""One person about whom both sides may differ, waiting to be decided about."""

from odoo import fields, models


class NewsletterCandidate(models.Model):
    """Found by SQL, consumed in slices; equal people never become one.

    At least one of the three ids is set: the stage row of a fetch, the member that is
    known already, the mailing contact that is subscribed and has no member yet.
    """

    _name = "newsletter.candidate"
    _description = "Newsletter Candidate"
    _log_access = False

    run_id = fields.Many2one("newsletter.run", required=True, ondelete="cascade")
    # plain numbers: foreign keys would cost more than the rows
    fetched_id = fields.Integer()
    member_id = fields.Integer()
    contact_id = fields.Integer()
    # "tool": only the tool's side is news, "new": met in the tool and no member yet,
    # "gone": not in the tool's whole list, "settled": new before, and now agrees;
    # empty: look at both sides
    kind = fields.Char()

    _of_run = models.Index("(run_id, id)")
