"""Requests that nobody confirmed: they expire, and soon only a number is left."""

from odoo import api, fields, models

#: requests that are handled in one transaction
SLICE = 500


class NewsletterConsentRequest(models.Model):
    _inherit = "newsletter.consent.request"

    @api.model
    def _cron_requests(self):
        """Remind, expire, erase; a slice of each."""
        # sudo: the scheduler works for all companies
        requests = self.sudo()
        requests._remind()
        expired = requests._expire()
        if requests._erase_expired() or expired:
            self.env.ref("newsletter_sync.cron_consent_requests")._trigger()

    @api.model
    def _expire(self):
        """End what was not confirmed in time.

        :return: number of requests; 0 when nothing more is due
        """
        now = fields.Datetime.now()
        due = self.search(
            [("state", "in", ("open", "bounced")), ("expires_at", "<", now)],
            order="expires_at",
            limit=SLICE,
        )
        due.write({"state": "expired", "ended_at": now})
        still_open = self.search(
            [("state", "=", "open"), ("consent_ids", "in", due.consent_ids.ids)]
        ).consent_ids
        waiting = due.consent_ids.filtered(lambda c: c.state == "pending")
        (waiting - still_open)._record("expiry", at=now)
        return len(due)

    @api.model
    def _erase_expired(self):
        """Erase what ended without a click, a slice of each company (rule D6).

        By the rules of retention, which says in the log how much it was.

        :return: whether there may be more
        """
        retention = self.env["newsletter.retention"]
        retention._complete()
        return retention.search([("subject", "=", "requests")])._apply()

    def _erase(self):
        """Erase the personal data of requests; a number of them is left.

        Where nothing else is known of an address, all of it goes; else the request's
        own pieces of evidence are emptied.
        """
        self.env["newsletter.consent.count"]._add(self)
        chains = self._chains()
        numbers = self.ids
        self.env["mail.mail"].search(
            [("newsletter_request_id", "in", numbers)]
        ).unlink()
        self.unlink()
        # what else is known of these addresses decides how much may go
        nothing_else = chains.filtered(lambda chain: chain._holds_requests_only())
        nothing_else._erase_all()
        rest = chains - nothing_else
        self.env["newsletter.consent.event"].search(
            [("chain_id", "in", rest.ids), ("request_number", "in", numbers)]
        )._erase_content()

    def _chains(self):
        """The chains of evidence that these requests stand in."""
        events = self.env["newsletter.consent.event"].search(
            [("consent_id", "in", self.consent_ids.ids)]
        )
        return events.chain_id


class NewsletterConsentChain(models.Model):
    _inherit = "newsletter.consent.chain"

    def _holds_requests_only(self):
        """Whether nobody ever confirmed, left or declared anything at this address."""
        self.ensure_one()
        kinds = set(self.event_ids.mapped("kind"))
        consents = self.event_ids.consent_id
        return (
            kinds <= {"request", "mail", "expiry"}
            and set(consents.mapped("state")) <= {"none"}
            and not self.env["newsletter.consent.request"].search_count(
                [("consent_ids", "in", consents.ids)], limit=1
            )
        )


class NewsletterConsentCount(models.Model):
    """How many requests were never confirmed: a number, and nobody behind it."""

    _name = "newsletter.consent.count"
    _description = "Requests Never Confirmed"
    _order = "month desc, id"
    _rec_name = "month"

    company_id = fields.Many2one("res.company", required=True, readonly=True)
    form_id = fields.Many2one(
        "newsletter.consent.form", readonly=True, ondelete="cascade"
    )
    month = fields.Date(required=True, readonly=True)
    number = fields.Integer(readonly=True, required=True, default=0)

    _once = models.UniqueIndex(
        "(company_id, COALESCE(form_id, 0), month)", "There is a number already."
    )

    @api.model
    def _add(self, requests):
        """Count requests, before they are erased."""
        grouped = {}
        for request in requests:
            month = request.requested_at.date().replace(day=1)
            place = (request.company_id.id, request.form_id.id, month)
            grouped[place] = grouped.get(place, 0) + 1
        for (company, form, month), number in grouped.items():
            known = self.search(
                [
                    ("company_id", "=", company),
                    ("form_id", "=", form),
                    ("month", "=", month),
                ],
                limit=1,
            )
            if known:
                known.number += number
            else:
                self.create(
                    {
                        "company_id": company,
                        "form_id": form,
                        "month": month,
                        "number": number,
                    }
                )
