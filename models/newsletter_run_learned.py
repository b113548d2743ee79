"""What a run has learned of the tool: its attributes are read once, not each turn.

A turn of the scheduled action lasts some seconds and begins with a connector that knows
nothing. Reading the attributes anew each time would be a fiftieth of all calls. What
has to be read anew all the same, a connector does not hand on.
"""

from datetime import timedelta

from odoo import fields, models

#: seconds for which attributes are taken as they were read
REMEMBERED = 600


class NewsletterRun(models.Model):
    _inherit = "newsletter.run"

    # {"at": when, "known": Connector.knowledge()}
    learned = fields.Json("Read from the Tool", readonly=True, prefetch=False)

    def _knowledge(self):
        """For ``Connector.recall``: what the run has read lately, else {}."""
        learned = self.learned or {}
        at = fields.Datetime.to_datetime(learned.get("at"))
        limit = fields.Datetime.now() - timedelta(seconds=REMEMBERED)
        return learned["known"] if at and at > limit else {}

    def _learn(self, known):
        """Remember what was read just now; {} forgets."""
        at = fields.Datetime.to_string(fields.Datetime.now())
        self.learned = {"at": at, "known": known} if known else False
