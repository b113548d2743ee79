"""A tool that should report and says nothing (T8): noticed, and told to a person."""

from datetime import timedelta

from odoo import fields, models
from odoo.tools import SQL

#: without a call for so long, while a fetch finds changes, something is wrong
SILENCE = timedelta(days=7)
_ACTIVITY = "newsletter_sync.activity_webhooks"


class NewsletterCompare(models.AbstractModel):
    _inherit = "newsletter.compare"

    def _find(self, run, whole):
        """A fetch that finds what the tool should have told raises the alarm."""
        if run.kind == "fetch":
            webhook = run.coupling_id._silent_webhook()
            if webhook and self._has_news(run):
                webhook._alarm(run)
        return super()._find(run, whole)

    def _has_news(self, run):
        """Whether something changed in the tool without Odoo's doing.

        A member whose values Odoo has sent last has no digest of the tool's.
        """
        self.env.flush_all()
        found = self.env.execute_query(
            SQL(
                """
                SELECT FROM %(stage)s met
                  LEFT JOIN newsletter_member member
                    ON member.coupling_id = %(coupling)s AND member.active
                   AND member.remote_id = met.remote_id
                 WHERE met.run_id = %(run)s
                   AND (member.id IS NULL
                        OR member.remote_digest <> met.digest
                        OR member.remote_status IS DISTINCT FROM met.status)
                 LIMIT 1
                """,
                stage=run._stage(),
                run=run.id,
                coupling=run.coupling_id.id,
            )
        )
        return bool(found)


class NewsletterCoupling(models.Model):
    _inherit = "newsletter.coupling"

    def _silent_webhook(self):
        """The webhook that should report about this list and was silent, if any."""
        self.ensure_one()
        since = fields.Datetime.now() - SILENCE
        # sudo: a fetch runs for users who know nothing of webhooks
        webhooks = self.env["newsletter.webhook"].sudo()
        place = [
            ("connection_id", "=", self.connection_id.id),
            ("remote_list_id", "in", [self.remote_list_id.id, False]),
        ]
        listening = webhooks.search(
            [*place, ("state", "=", "active"), ("registered_at", "<", since)], limit=1
        )
        if not listening:
            return listening
        calls = self.env["newsletter.delivery"].sudo()
        reporting = [
            ("webhook_id", "in", webhooks.search(place).ids),
            ("received_at", ">=", since),
        ]
        heard = calls.search_count(reporting, limit=1)
        return webhooks.browse() if heard else listening


class NewsletterWebhook(models.Model):
    _inherit = "newsletter.webhook"

    def _alarm(self, run):
        """Tell the responsible person, once."""
        connection = self.connection_id
        if connection.activity_search([_ACTIVITY]):
            return
        text = self.env._(
            "“%s”: the newsletter tool has reported nothing for 7 days, but a fetch "
            "found changes. Check the webhook in the tool, or set it up again.",
            self.name,
        )
        self.env["newsletter.event"]._log(
            "webhook_silent",
            level="warning",
            connection=connection,
            coupling=run.coupling_id,
            run=run,
            text=text,
        )
        connection.activity_schedule(
            _ACTIVITY,
            user_id=(connection.user_id or self.env.user).id,
            summary=text,
        )


class NewsletterConnection(models.Model):
    _inherit = "newsletter.connection"

    def _heard_again(self):
        """The tool speaks: nobody has to look any more."""
        self.activity_unlink([_ACTIVITY])
