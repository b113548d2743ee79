"""What an erasure does in Odoo: what goes, what is emptied, what stays and why."""

import psycopg2

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL, mute_logger

from ..sync.address import masked
from .newsletter_deletion import ANSWER
from .newsletter_personal_data import CUT, DELETE, PLACES, mentioned

#: documents that the law wants kept, by model and the field that names the contact
DOCUMENTS = (
    ("account.move", "partner_id"),
    ("account.move", "commercial_partner_id"),
    ("account.payment", "partner_id"),
    ("sale.order", "partner_id"),
)
#: what is emptied of a contact or lead that cannot go
_PERSONAL = (
    *("email", "email_from", "phone", "comment", "function", "website", "image_1920"),
    *("contact_name", "description", "newsletter_edited", "category_id", "tag_ids"),
)
#: the postal address stays with invoices, for it stands on them
_POSTAL = ("street", "street2", "zip", "city", "state_id", "country_id")
#: outcomes of a contact or lead that keeps its address
STAYS = ("kept_contact", "kept_user")
#: what cannot be deleted refuses by one of these
_REFUSED = (UserError, AccessError, psycopg2.IntegrityError)


class NewsletterErasureOdoo(models.AbstractModel):
    """Harmless when repeated: each account's answer is followed by another sweep."""

    _name = "newsletter.erasure.odoo"
    _description = "Erasure in Odoo"

    # --- what there is --------------------------------------------------------------
    @api.model
    def _plan(self, emails, company, contact="erase"):
        """What an erasure would do, place by place.

        :param contact: "erase" or "leave", what becomes of contacts and leads
        :return: rows ``{model, count, outcome}``; outcome: deleted, emptied, kept_…
        """
        data = self.env["newsletter.personal.data"]
        elsewhere = self._elsewhere(emails, company)
        facts = {
            "contact": contact,
            "elsewhere": elsewhere,
            "blocked": self._stays_blocked(emails, company, contact, elsewhere),
            "proven": bool(self._proving(self._chains(emails, company))),
        }
        rows = []
        for place in PLACES:
            if place.model == "newsletter.erasure.receipt":
                continue
            counted = {}
            for record in data._records(place.model, emails, company):
                outcome = self._outcome(place, record, company, **facts)
                counted[outcome] = counted.get(outcome, 0) + 1
            rows += [
                {"model": place.model, "count": number, "outcome": outcome}
                for outcome, number in counted.items()
            ]
        return rows

    @api.model
    def _outcome(self, place, record, company, contact, elsewhere, blocked, proven):
        if place.erasure == DELETE:
            return "deleted"
        if place.erasure == CUT:
            return "emptied"
        if place.model.startswith("newsletter.consent"):
            return "kept_evidence" if proven else "deleted"
        if place.model == "mail.blacklist":
            return "kept_block" if blocked else "hashed"
        if elsewhere and not self._belongs(record, company):
            return "kept_shared"
        if place.model in ("mailing.contact", "mailing.subscription"):
            return "deleted"
        return self._contact_outcome(record, contact)

    @api.model
    def _contact_outcome(self, record, contact):
        if contact == "leave":
            return "kept_contact"
        if record._name == "res.partner":
            if record.with_context(active_test=False).user_ids:
                return "kept_user"
            if self._documents(record):
                return "kept_documents"
        return "deleted"

    @api.model
    def _belongs(self, record, company):
        """Whether a record is this company's alone."""
        return "company_id" in record._fields and record.company_id == company

    @api.model
    def _documents(self, partner):
        """Whether invoices, orders … name the contact: the law wants them kept."""
        for name, field in DOCUMENTS:
            if name in self.env and field in self.env[name]._fields:
                # sudo: the privacy group need not see the books to respect them
                documents = self.env[name].sudo().with_context(active_test=False)
                if documents.search_count([(field, "=", partner.id)], limit=1):
                    return True
        return False

    @api.model
    def _chains(self, emails, company):
        data = self.env["newsletter.personal.data"]
        return data._records("newsletter.consent.chain", emails, company)

    @api.model
    def _proving(self, chains):
        """The chains that prove more than a request that nobody confirmed."""
        return chains.filtered(
            lambda chain: (
                set(chain.event_ids.mapped("kind")) - {"request", "mail", "expiry"}
            )
        )

    # --- carrying it out -----------------------------------------------------------
    @api.model
    def _sweep(self, emails, company, contact="erase"):
        """Take the person out of everything; rows as ``_plan`` gives them."""
        plan = self._plan(emails, company, contact)
        # sudo: whoever may erase (the caller has checked that) erases everything. The
        # context keys tell our own doing from a clerk's deletions and opt-outs.
        own = self.sudo().with_context(
            **{ANSWER: "keep"},
            newsletter_leaving=True,
            tracking_disable=True,
            active_test=False,
        )
        elsewhere = own._elsewhere(emails, company)
        lists = own._lists_of(emails, company)
        own._restrict_evidence(emails, company)
        own._cut_lines(emails, company)
        own._cut_events(emails, company)
        kept = own._let_contacts_go(emails, company, contact, elsewhere)
        if elsewhere:
            own._leave_lists(emails, lists)
        else:
            own._cut_traces(emails)
            own._keep_out(emails, company, contact)
        for place in reversed(PLACES):
            if place.erasure == DELETE:
                own._removable(place.model, emails, company).unlink()
        own._mask_mentions(emails)
        self.env.flush_all()
        self.env.invalidate_all()
        for row in plan:
            row["outcome"] = kept.get((row["model"], row["outcome"]), row["outcome"])
        return plan

    @api.model
    def _all_of(self, name, emails, company):
        records = self.env["newsletter.personal.data"]._records(name, emails, company)
        return records.with_env(self.env).exists()

    @api.model
    def _removable(self, name, emails, company):
        """A call of a tool that waits may tell about others: it is looked at first."""
        records = self._all_of(name, emails, company)
        if name == "newsletter.delivery":
            return records.filtered(lambda delivery: delivery.state != "waiting")
        return records

    @api.model
    def _restrict_evidence(self, emails, company):
        """Proof stays for as long as somebody can sue, out of everybody's sight."""
        requests = self._all_of("newsletter.consent.request", emails, company)
        self.env["mail.mail"].search(
            [("newsletter_request_id", "in", requests.ids)]
        ).unlink()
        chains = self._all_of("newsletter.consent.chain", emails, company)
        proving = self._proving(chains)
        (chains - proving)._erase_all()
        consents = proving.event_ids.consent_id
        # an existing customer has no state and may be written to all the same
        consents.filtered(
            lambda c: c.state not in ("none", "withdrawn") or c.basis == "customer"
        )._record("withdrawal", channel="staff", note=self.env._("Erasure on request"))
        proving._restrict()
        # consents of which there is no evidence at all
        rest = self._all_of("newsletter.consent", emails, company)
        rest.filtered(lambda consent: not consent.event_ids).unlink()

    @api.model
    def _cut_lines(self, emails, company):
        """Reports keep their numbers; what waited to be sent is sent no more.

        Lines in flight stay as they are until the tool was asked what became of them.
        """
        lines = self._all_of("newsletter.run.line", emails, company)
        for line in lines - lines._in_the_air():
            waits = {"result": "skipped", "reason": "forgotten", "plan": "skip"}
            hidden = masked(line.email or line.raw_email or "")
            line.write(
                {
                    **(waits if line.result == "waiting" else {}),
                    "name": hidden,
                    "email": hidden,
                    "raw_email": hidden,
                    "remote_id": False,
                    "values": False,
                    "old_values": False,
                    "message": False,
                    "consent": False,
                    "member_id": False,
                    "partner_id": False,
                    "contact_id": False,
                    "lead_id": False,
                }
            )

    @api.model
    def _cut_events(self, emails, company):
        """The log keeps what happened and when, not to whom."""
        names = self._names(emails, company)
        about = {place.model for place in PLACES}
        for event in self._all_of("newsletter.event", emails, company):
            own = event.member_id.email in emails
            values = {
                name: self._without(event[name], emails, names if own else [])
                for name in ("text", "detail", "old_value", "new_value")
            }
            if own:
                values.update(detail=False, old_value=False, new_value=False)
                values["member_id"] = False
            if event.res_model in about:
                values.update(res_model=False, res_id=False)
            event.write(values)

    @api.model
    def _without(self, text, emails, names):
        """A text in which the person is not named any more."""
        for name in names if text else ():
            text = text.replace(name, "***")
        for email in emails if text else ():
            text = mentioned(email).sub(masked(email), text)
        return text

    @api.model
    def _names(self, emails, company):
        """What the person is called, the longest first."""
        places = ("res.partner", "mailing.contact", "newsletter.member")
        names = {
            name.strip()
            for place in places
            for name in self._all_of(place, emails, company).mapped("name")
            if name and len(name.strip()) > 3
        }
        return sorted(names, key=len, reverse=True)

    @api.model
    def _cut_traces(self, emails):
        """Figures of mailings stay figures: opened and clicked, by nobody."""
        traces = self.env["mailing.trace"].search([("email", "in", list(emails))])
        self.env["newsletter.retention"]._cut_traces(traces)
        traces.invalidate_model()

    @api.model
    def _let_contacts_go(self, emails, company, contact, elsewhere):
        """Delete contacts, leads and mailing contacts; empty those that cannot go.

        :return: {(model, planned outcome): what happened instead}
        """
        instead = {}
        for name in ("mailing.contact", "crm.lead", "res.partner"):
            for record in self._all_of(name, emails, company):
                if elsewhere and not self._belongs(record, company):
                    continue
                outcome = "deleted"
                if name != "mailing.contact":
                    outcome = self._contact_outcome(record, contact)
                if outcome == "deleted" and not self._delete(record):
                    self._empty(record)
                    instead[name, "deleted"] = "emptied_linked"
                elif outcome == "kept_documents":
                    self._empty(record, keep_postal=True)
                elif outcome in STAYS and name == "res.partner":
                    record._newsletter_mark_unwanted()
        return instead

    @api.model
    def _delete(self, record):
        """Delete a record, unless something else refers to it.

        :return: whether it is gone
        """
        if record._name == "res.partner":
            # the person's own delivery or invoice addresses
            record |= record.child_ids.filtered(lambda each: each.type != "contact")
        try:
            with self.env.cr.savepoint(), mute_logger("odoo.sql_db"):
                record.exists().unlink()
                self.env.flush_all()
        except _REFUSED:
            self.env.invalidate_all()
            return False
        return True

    @api.model
    def _empty(self, record, keep_postal=False):
        """Nothing personal stays but, on invoices, name and postal address."""
        names = _PERSONAL if keep_postal else (*_PERSONAL, *_POSTAL)
        values = {
            name: [fields.Command.clear()]
            if record._fields[name].type in ("many2many", "one2many")
            else False
            for name in names
            if name in record._fields
        }
        if not keep_postal:
            values["name"] = self.env._("Erased person")
        record.message_ids.unlink()
        if "active" in record._fields:
            values["active"] = False
        record.write(values)

    @api.model
    def _mask_mentions(self, emails):
        """Other people's mails and our activities name the person no more."""
        for email in emails:
            pattern = rf"(?<![\w.%+-]){_quoted(email)}(?![\w-]|\.\w)"
            for name, columns in (
                ("newsletter.case", ("name", "email_from", "text", "quoted")),
                ("newsletter.case", ("details", "reasons")),
                ("newsletter.case.step", ("email", "new_email", "hint")),
                ("mail.activity", ("note",)),
                ("mail.message", ("body",)),
            ):
                for column in columns:
                    self._mask(name, column, email, pattern)

    @api.model
    def _mask(self, name, column, email, pattern):
        field = self.env[name]._fields[column]
        of_ours = SQL("TRUE")
        if name.startswith("mail."):
            model = "res_model" if name == "mail.activity" else "model"
            of_ours = SQL("%s LIKE 'newsletter.%%'", SQL.identifier(model))
        self.env.cr.execute(
            SQL(
                """
                UPDATE %(table)s
                   SET %(column)s = regexp_replace(
                       %(column)s::text, %(pattern)s, %(masked)s, 'gi')::%(type)s
                 WHERE %(column)s::text ~* %(pattern)s AND %(of_ours)s
                """,
                table=SQL.identifier(self.env[name]._table),
                column=SQL.identifier(column),
                pattern=pattern,
                masked=masked(email),
                type=SQL("jsonb" if field.type == "json" else "text"),
                of_ours=of_ours,
            )
        )


def _quoted(text):
    """A text as it stands in a regular expression of PostgreSQL."""
    return "".join(
        letter if letter.isalnum() or letter in "@_-" else f"\\{letter}"
        for letter in text
    )
