"""How the steps of a mail are carried out, and undone.

Each ``_do_…`` returns the values that the step keeps: ``result``, and ``undo`` where
there is a way back. What is missing is a ``UserError`` that names it.
"""

from markupsafe import Markup

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import email_normalize_all, format_date

from ..sync.address import parse


class NewsletterCaseStep(models.Model):
    _inherit = "newsletter.case.step"

    # --- leaving ----------------------------------------------------------------------
    def _do_leave(self):
        """Out of all marketing, in Odoo at once and in every tool by itself (K01)."""
        self.env["newsletter.leaving"]._leave(
            [self._address()], self.company_id, "reply", **self._said()
        )
        return {"result": self.env._("%s has left.", self.email)}

    def _do_complain(self):
        """Lifted only by a new double opt-in of the person (C4)."""
        self.env["newsletter.leaving"]._leave(
            [self._address()],
            self.company_id,
            "complaint",
            reason=(self.case_id.details or {}).get("complaint") or "",
            note=self._where_from(),
        )
        return {"result": self.env._("%s has left.", self.email)}

    def _do_leave_address(self):
        """The address is nobody's any more; the person's other addresses stay (K04)."""
        said = {**self._said(), "reason": self.env._("No longer with the company")}
        self.env["newsletter.leaving"]._take_in(
            {self._address(): said}, self.company_id, "reply", "address"
        )
        return {"result": self.env._("%s gets no marketing any more.", self.email)}

    # --- notes ------------------------------------------------------------------------
    def _do_note(self):
        partners = self.case_id.partner_ids
        text = {
            "left_company": self._gone_text(),
            "wants_out": self.env._("Wants no more newsletters, by mail."),
            "complaint": self.env._("Complained about a newsletter (spam report)."),
        }.get(self.case_id.mail_class) or self.env._("See the mail.")
        self._post(partners, text)
        return {"result": self.env._("Noted on: %s", self._names(partners))}

    def _do_move_address(self):
        """J05: the address leaves its field, dated and with the reason, not lost."""
        email = self._address()
        partners = self.case_id._partners_of({email}) | self.case_id.partner_ids
        kept = {}
        for partner in partners:
            addresses = email_normalize_all(partner.email or "")
            if email in addresses:
                kept[partner.id] = partner.email
                partner.email = ", ".join(a for a in addresses if a != email) or False
        self._post(partners.browse(kept), self._gone_text())
        return {
            "result": self.env._(
                "Moved into a note on: %s", self._names(partners.browse(kept))
            ),
            "undo": {"emails": kept},
        }

    def _undo_move_address(self):
        partners = self.env["res.partner"]
        for partner_id, email in (self.undo.get("emails") or {}).items():
            partner = partners.browse(int(partner_id)).exists()
            partner.email = email
            partners |= partner
        self._post(partners, self.env._("The address was put back."))
        return self.env._("Put back on: %s", self._names(partners))

    # --- successors -------------------------------------------------------------------
    def _do_successor(self):
        """K03: found or created, linked both ways; never subscribed (K04)."""
        email = parse(self.new_email).email
        if not (self.person or email):
            raise UserError(self.env._("Who is the successor? A name is missing."))
        old = self.case_id._partners_of({self.email} if self.email else set())[:1]
        new = self.case_id._partners_of({email})[:1] if email else old.browse()
        created = not new
        if created:
            new = new.create(
                {
                    "name": self.person or email,
                    "email": email or False,
                    "parent_id": old.parent_id.id,
                    "company_id": old.company_id.id,
                    "lang": old.lang or self.env.lang,
                }
            )
        if old and old != new:
            before = old.newsletter_successor_id
            old.newsletter_successor_id = new
            self._post(old, Markup("%s %s") % (self.env._("Successor:"), _link(new)))
            self._post(new, Markup("%s %s") % (self.env._("Predecessor:"), _link(old)))
        else:
            before = old.browse()
        return {
            "result": self.env._("Created: %s", new.name)
            if created
            else self.env._("Linked: %s", new.name),
            "undo": {
                "old": old.id,
                "new": new.id,
                "created": created,
                "before": before.id,
            },
        }

    def _undo_successor(self):
        """Unlink the two; who was created is archived, for others may refer to it."""
        partners = self.env["res.partner"]
        old = partners.browse(self.undo["old"] or []).exists()
        new = partners.browse(self.undo["new"]).exists()
        if old.newsletter_successor_id == new:
            old.newsletter_successor_id = self.undo["before"]
        if self.undo["created"]:
            new.active = False
        self._post(old | new, self.env._("No longer linked as successor."))
        return self.env._("No longer linked: %s", new.name or self.person)

    # --- another address --------------------------------------------------------------
    def _do_change_address(self):
        """Contacts, leads and readers get the new address, which has no consent yet."""
        old = self._address()
        new = parse(self.new_email).email
        if not new:
            raise UserError(self.env._("What is the new address?"))
        kept = {}
        for model, field in (
            ("res.partner", "email"),
            ("crm.lead", "email_from"),
            ("mailing.contact", "email"),
        ):
            records = self._with_address(model, old)
            kept[model] = {record.id: record[field] for record in records}
            for record in records:
                record[field] = (record[field] or "").replace(old, new)
                if parse(record[field]).email != new:
                    record[field] = new
        partners = self.env["res.partner"].browse(kept["res.partner"])
        self._post(partners, self._changed_text(old, new))
        if not any(kept.values()):
            raise UserError(
                self.env._("Nobody has the address %s, so there is nothing to do.", old)
            )
        return {
            "result": self.env._("%(old)s is now %(new)s.", old=old, new=new),
            "undo": kept,
        }

    def _undo_change_address(self):
        for model, kept in self.undo.items():
            field = "email_from" if model == "crm.lead" else "email"
            records = self._holders(model)
            for record_id, email in kept.items():
                records.browse(int(record_id)).exists().write({field: email})
        partners = self.env["res.partner"].browse(
            int(key) for key in self.undo.get("res.partner") or {}
        )
        self._post(partners, self.env._("The address was put back."))
        return self.env._("%s was put back.", self.email)

    def _with_address(self, model, email):
        domain = [("email_normalized", "=", email)]
        records = self._holders(model)
        if "company_id" in records._fields:
            domain.append(("company_id", "in", [False, self.company_id.id]))
        return records.search(domain)

    def _holders(self, model):
        """Records that hold addresses. Contacts are changed with the user's rights."""
        records = self.env[model].with_context(active_test=False)
        if model == "res.partner":
            return records
        # sudo: the person's address changes wherever it stands, also in the leads and
        # readers of others
        return records.sudo()

    # --- returns ----------------------------------------------------------------------
    def _do_bounce(self):
        kept = self.details or {}
        status = kept.get("status") or ""
        row = {
            "email": self._address(),
            "code": status,
            "text": kept.get("text") or "",
            "action": "failed",
            "at": self.case_id.date,
        }
        self.env["newsletter.bounce"]._report([row], self.company_id)
        return {"result": self.env._("Noted: %s", status or self.env._("no code"))}

    # --- shop -------------------------------------------------------------------------
    def _do_contact(self):
        """K06 to K08: who is there keeps the source, who is new gets ours."""
        email = self._address()
        partner = self.case_id._partners_of({email})[:1]
        if partner:
            self._found(partner)
            return {"result": self.env._("Is there already: %s", partner.name)}
        fields_ = (self.case_id.details or {}).get("sign_up") or {}
        partner = partner.create(
            {
                "name": self.person or email,
                "email": email,
                "company_name": fields_.get("company") or False,
                "phone": fields_.get("phone") or False,
                "street": fields_.get("street") or False,
                "zip": fields_.get("zip") or False,
                "city": fields_.get("city") or False,
                "newsletter_source_id": self.env.ref(
                    "newsletter_sync.source_email_marketing"
                ).id,
            }
        )
        self._found(partner)
        self._post(partner, self.env._("Signed up in the shop."))
        return {
            "result": self.env._("Created: %s", partner.name),
            "undo": {"partner": partner.id},
        }

    def _found(self, partner):
        # sudo: the contacts of a mail are found by code only
        self.case_id.sudo().partner_ids = partner

    def _undo_contact(self):
        partner = self.env["res.partner"].browse(self.undo["partner"]).exists()
        partner.active = False
        return self.env._("Archived: %s", partner.name or self.email)

    def _do_opt_in(self):
        """A sign-up or a new address is a request, never a consent (O06)."""
        email = self._address()
        _asked, refused = self.env["newsletter.consent"]._request(
            [email], self.company_id, name=self.person or "", note=self._where_from()
        )
        for reason in refused.values():
            return {"result": self.env._("Was not asked: %s", reason)}
        return {"result": self.env._("%s was asked.", email)}

    # --- words ------------------------------------------------------------------------
    def _address(self):
        email = parse(self.email).email
        if not email:
            label = dict(self._fields["kind"]._description_selection(self.env))
            raise UserError(
                self.env._("“%s” needs an address. Fill it in.", label[self.kind])
            )
        return email

    def _said(self):
        """The person's own words, and where they stand."""
        words = " ".join((self.case_id.text or "").split())
        return {"reason": words[:250], "note": self._where_from()}

    def _where_from(self):
        return self.env._(
            "Mail “%(subject)s” of %(date)s from %(sender)s",
            subject=self.case_id.name,
            date=format_date(self.env, self.case_id.date),
            sender=self.case_id.sender or "?",
        )

    def _gone_text(self):
        """K02's sentence; the successor is named if one is proposed."""
        steps = self.case_id.step_ids
        email = steps.filtered(lambda step: step.kind == "leave_address").email
        successor = steps.filtered(
            lambda step: (
                step.kind == "successor" and (step.selected or step.state == "done")
            )
        )
        text = self.env._(
            "No longer with the company, therefore taken out of the newsletters "
            "(%(email)s), %(date)s.",
            email=email or self.email or "?",
            date=format_date(self.env, fields.Date.context_today(self)),
        )
        if not successor:
            return text
        name = successor[:1].person or successor[:1].new_email
        return f"{text} {self.env._('Successor: %s', name)}"

    def _changed_text(self, old, new):
        return self.env._(
            "Address changed from %(old)s to %(new)s, %(date)s. The new one has no "
            "consent yet.",
            old=old,
            new=new,
            date=format_date(self.env, fields.Date.context_today(self)),
        )

    def _post(self, partners, text):
        """A note on each contact, with a link to the mail; nobody is mailed by it."""
        for partner in partners:
            partner.message_post(
                body=Markup("<p>%s<br/>%s</p>") % (text, self.case_id._link()),
                subtype_xmlid="mail.mt_note",
            )

    @staticmethod
    def _names(partners):
        return ", ".join(partners.mapped("display_name")) or "–"


def _link(partner):
    return Markup("<a href='#' data-oe-model='res.partner' data-oe-id='%s'>%s</a>") % (
        partner.id,
        partner.display_name,
    )
