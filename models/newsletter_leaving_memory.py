"""What is remembered of a leaving: its row, the line in the log, the evidence.

A tool tells of a thousand leavings at once, each with its own time and reason; so
everything here is read and written for all of them together.
"""

from odoo import api, fields, models


class NewsletterLeaving(models.Model):
    _inherit = "newsletter.leaving"

    @api.model
    def _remember(self, told, company, channel, scope, lists):
        """A row for each address (and list) that has none standing; all of them."""
        places = list(lists) if scope == "list" else [self.env["mailing.list"]]
        standing = self.search(
            [
                ("company_id", "=", company.id),
                ("email", "in", list(told)),
                ("lifted_at", "=", False),
            ]
        )
        known = {(row.email, row.scope, row.mailing_list_id): row for row in standing}
        asked = [(email, place) for email in told for place in places]
        before = {
            (email, place): known[email, scope, place]
            for email, place in asked
            if (email, scope, place) in known
        }
        over = self.union(*before.values())._over()
        over._lift(self.env._("The person had joined again."))
        found, values, now = [], [], fields.Datetime.now()
        for email, place in asked:
            row, leaving = told[email], before.get((email, place))
            if leaving and leaving not in over:
                found.append(leaving.id)
                leaving._complete(row)
                continue
            values.append(
                {
                    "email": email,
                    "company_id": company.id,
                    "scope": scope,
                    "mailing_list_id": place.id,
                    "channel": channel,
                    "date": row.get("at") or now,
                    "reason": row.get("reason") or False,
                    "note": row.get("note") or False,
                    "user_id": self.env.uid,
                    "origin_id": row.get("origin_id") or False,
                    # until there are receipts; nobody has to be told yet
                    "state": "done",
                }
            )
        new = self.env["newsletter.set.wise"]._create(self._name, values)
        new._log_left()
        new._withdraw(told)
        return self.browse(found) | new

    def _log_left(self):
        """One line in the log for each."""
        channels = dict(self._fields["channel"]._description_selection(self.env))
        scopes = dict(self._fields["scope"]._description_selection(self.env))
        self.env["newsletter.event"]._log_many(
            {
                "code": "left",
                "text": self.env._(
                    "%(email)s left: %(scope)s. Way: %(channel)s.",
                    email=leaving.email,
                    scope=leaving.mailing_list_id.name or scopes[leaving.scope],
                    channel=channels[leaving.channel],
                ),
                "company_id": leaving.company_id.id,
                "record": leaving,
            }
            for leaving in self
        )

    def _complete(self, row):
        """A reason given afterwards goes to the leaving that is known."""
        self.ensure_one()
        values = {
            name: row[name]
            for name in ("reason", "note")
            if row.get(name) and not self[name]
        }
        if values:
            self.write(values)

    # --- whether it still counts -----------------------------------------------------
    def _is_over(self):
        """Whether the person has joined again since: the effect stands no more."""
        self.ensure_one()
        return bool(self._over())

    def _over(self):
        """Those of the leavings whose person has joined again; in few queries."""
        if not self:
            return self
        consents = {
            (company, email): consent
            for company, mine in self.grouped("company_id").items()
            for email, consent in self.env["newsletter.consent"]
            ._of_addresses(mine.mapped("email"), company)
            .items()
        }
        blocked = self.filtered(lambda each: each.scope != "list")._blocked()
        listed = self.filtered(lambda each: each.scope == "list")._listed()

        def is_over(leaving):
            consent = consents.get((leaving.company_id, leaving.email))
            if (
                consent
                and consent.state == "confirmed"
                and consent.state_at > leaving.date
            ):
                return True
            if leaving.scope != "list":
                return leaving.email not in blocked
            return (leaving.mailing_list_id, leaving.email) in listed

        return self.filtered(is_over)

    def _blocked(self):
        """The addresses of these that Odoo's blocklist keeps out, as a set."""
        if not self:
            return set()
        entries = self.env["mail.blacklist"].search(
            [("email", "in", self.mapped("email"))]
        )
        return set(entries.mapped("email"))

    def _listed(self):
        """Who is on the lists that these left: a set of (list, address)."""
        if not self:
            return set()
        subscriptions = self.env["mailing.subscription"].search(
            [
                ("list_id", "in", self.mailing_list_id.ids),
                ("contact_id.email_normalized", "in", self.mapped("email")),
                ("opt_out", "=", False),
            ]
        )
        return {
            (each.list_id, each.contact_id.email_normalized) for each in subscriptions
        }

    # --- the evidence ----------------------------------------------------------------
    def _withdraw(self, told):
        """The evidence at the consents for the lists, or at those for everything."""
        consents = self._consents()
        evidence = {}
        for leaving in self:
            consent = consents[
                leaving.email, leaving.company_id, leaving.mailing_list_id
            ]
            if consent.state == "withdrawn":
                continue
            said = " ".join(filter(None, (leaving.reason, leaving.note)))
            evidence[consent] = {
                "at": leaving.date,
                "channel": leaving.channel,
                "note": said or False,
                **(told[leaving.email].get("evidence") or {}),
            }
        self.env["newsletter.consent"]._record_each("withdrawal", evidence)

    def _consents(self):
        """{(address, company, list): consent} of these leavings, made where missing."""
        consents = self.env["newsletter.consent"]
        known = consents.search(
            [("email", "in", self.mapped("email")), ("medium", "=", "email")]
        )
        wanted = dict.fromkeys(
            (leaving.email, leaving.company_id.id, leaving.mailing_list_id.id)
            for leaving in self
        )
        held = {
            (each.email, each.company_id.id, each.mailing_list_id.id) for each in known
        }
        known |= consents._begin(place for place in wanted if place not in held)
        return {
            (each.email, each.company_id, each.mailing_list_id): each for each in known
        }
