"""People who are in a batch in the air when they are erased.

The tool may get them after it was asked to delete them, and may never have told that it
holds them. So its account counts as one that does, and is asked until the answer about
the batch is known.
"""

from odoo import api, models


class NewsletterRunLine(models.Model):
    _inherit = "newsletter.run.line"

    def _in_the_air(self):
        """Those that were handed to a tool and are not settled yet."""
        # sudo: the memory of the engine
        flights = self.env["newsletter.flight"].sudo()
        flying = set()
        if waiting := self.filtered(lambda line: line.result == "waiting"):
            for flight in flights.search([("run_id", "in", waiting.run_id.ids)]):
                flying.update(flight.line_ids)
        return self.filtered(
            lambda line: line.result == "in_flight" or line.id in flying
        )

    def _lists_by_account(self):
        """[(line, account, list of the tool)]"""
        return [
            (
                line,
                line.run_id.connection_id,
                line.run_id.remote_list_id or line.run_id.coupling_id.remote_list_id,
            )
            for line in self
        ]


class NewsletterErasure(models.Model):
    _inherit = "newsletter.erasure"

    @api.model
    def _flying(self, emails, company):
        """The lines in the air that are about one of the addresses."""
        lines = self.env["newsletter.personal.data"]._records(
            "newsletter.run.line", emails, company
        )
        return lines._in_the_air()

    @api.model
    def _held(self, emails, company):
        held = super()._held(emails, company)
        for line, account, place in self._flying(emails, company)._lists_by_account():
            people = held.setdefault(account, [])
            person = next((p for p in people if p["email"] == line.email), None)
            if person is None:
                person = {"email": line.email, "remote_ids": [], "lists": {}}
                people.append(person)
            if line.remote_id and line.remote_id not in person["remote_ids"]:
                person["remote_ids"].append(line.remote_id)
            person["lists"][place.remote_id] = place.name
        return held

    def _cut_landed(self):
        """Lines that were in the air during the last sweep are cut now."""
        self.ensure_one()
        sweeper = self.env["newsletter.erasure.odoo"]
        for company, emails in self.receipt_ids._to_erase().items():
            sweeper._cut_lines(sorted(emails), company)

    def _in_flight(self):
        """Whether a batch with the person is in the air, whose answer is not known."""
        self.ensure_one()
        return bool(self._flying(self.receipt_ids._emails(), self.company_id))


class NewsletterErasureReceipt(models.Model):
    _inherit = "newsletter.erasure.receipt"

    def _awaits_a_batch(self):
        """Whether this account may still get the person by what was sent before."""
        self.ensure_one()
        lines = self.env["newsletter.erasure"]._flying(self._emails(), self.company_id)
        return self.connection_id in lines.run_id.connection_id
