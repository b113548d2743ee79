"""What was handed to a tool and is not settled yet: the mark that survives a kill."""

from odoo import api, fields, models


class NewsletterFlight(models.Model):
    """One batch of a transmission, committed before it is sent, deleted when settled.

    Whoever finds one at the beginning of a slice did not see its answer: its people are
    read back from the tool before anything is sent again, by whichever run comes first.
    """

    _name = "newsletter.flight"
    _description = "Newsletter Batch in Flight"
    _order = "id"
    _log_access = False

    run_id = fields.Many2one(
        "newsletter.run", required=True, ondelete="cascade", index=True
    )
    coupling_id = fields.Many2one(
        "newsletter.coupling", required=True, ondelete="cascade", index=True
    )
    task = fields.Char(required=True)
    # the ids of the run's lines, in the order in which they were sent
    line_ids = fields.Json(required=True)
    # the tool's name for an asynchronous batch, and how often it was asked for its end
    job = fields.Char()
    polls = fields.Integer()
    # the tool failed over it, or its answer said nothing about these people
    stumbled = fields.Boolean()

    @api.model
    def _orphan(self, coupling, held):
        """The oldest open batch of a coupling that nobody has in hands, of any run.

        :param held: ids of those that this process, which works alone, has in hands
        """
        # sudo: the memory of the engine
        return self.sudo().search(
            [("coupling_id", "=", coupling.id), ("id", "not in", list(held))], limit=1
        )
