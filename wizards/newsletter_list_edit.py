"""Edit many chosen members at once: status with its proof, and tags (C21)."""

from odoo import Command, api, fields, models
from odoo.exceptions import UserError

from ..models.newsletter_leaving import CHANNELS

#: the ways that a clerk records of single lists; a complaint concerns everything
_BY_HAND = ("phone", "reply", "staff")


class NewsletterListEdit(models.TransientModel):
    """Nobody is unsubscribed or subscribed without a note that proves it."""

    _name = "newsletter.list.edit"
    _description = "Edit Many Members"

    res_model = fields.Char(required=True, readonly=True)
    res_ids = fields.Json(required=True, readonly=True)
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    status = fields.Selection(
        [
            ("unsubscribed", "Unsubscribe from these lists"),
            ("subscribed", "Subscribe again, with a new consent"),
        ],
        help="Empty: the status stays.",
    )
    channel = fields.Selection(
        [item for item in CHANNELS if item[0] in _BY_HAND],
        string="How did the people tell you?",
        default="staff",
        required=True,
    )
    note = fields.Text(
        string="Proof",
        help="Who told it when and where, or where the paper is kept.",
    )
    reason = fields.Char(help="Why the people leave, if they said so.")
    tag_ids = fields.Many2many("res.partner.category", string="Add Tags")
    untag_ids = fields.Many2many(
        "res.partner.category",
        "newsletter_list_edit_untag_rel",
        string="Remove Tags",
    )
    people_count = fields.Integer(string="People", compute="_compute_outlook")
    lists = fields.Char(compute="_compute_outlook")
    left_count = fields.Integer(string="Have Left", compute="_compute_outlook")
    outlook = fields.Text(compute="_compute_outlook")

    @api.model
    def _open_for(self, records):
        """The dialog about members or assignments.

        :raises UserError: nobody is chosen
        """
        if not records:
            raise UserError(self.env._("There is nobody to edit."))
        records.check_access("read")
        edit = self.create({"res_model": records._name, "res_ids": records.ids})
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Edit Many Members"),
            "res_model": self._name,
            "res_id": edit.id,
            "views": [(False, "form")],
            "target": "new",
        }

    # --- who --------------------------------------------------------------------------
    def _records(self):
        return self.env[self.res_model].browse(self.res_ids).exists()

    def _by_list(self):
        """{mailing list: addresses}; people who are pushed by hand are on none."""
        found = {}
        for record in self._records():
            if record._name == "newsletter.member":
                mailing_list = record.coupling_id.mailing_list_id
            else:
                mailing_list = record.mailing_list_id
            if mailing_list and record.email:
                found.setdefault(mailing_list, set()).add(record.email)
        return found

    def _barred(self, emails):
        """Addresses that only their owners can set free: on the blocklist, or of
        somebody who wants no e-mails at all."""
        facts = self.env["newsletter.push"]
        self.env.flush_all()
        emails = list(emails)
        return set(facts._blocklisted(emails)) | set(facts._unwilling(emails))

    def _subscriptions(self, mailing_list, emails, opt_out):
        return self.env["mailing.subscription"].search(
            [
                ("list_id", "=", mailing_list.id),
                ("contact_id.email_normalized", "in", list(emails)),
                ("opt_out", "=", opt_out),
            ]
        )

    @api.depends("res_ids", "status", "tag_ids", "untag_ids")
    def _compute_outlook(self):
        for edit in self:
            by_list = edit._by_list()
            everybody = set().union(*by_list.values()) if by_list else set()
            edit.people_count = len(set(edit._records().mapped("email")))
            edit.lists = ", ".join(each.name for each in by_list)
            edit.left_count = sum(
                len(edit._subscriptions(each, emails, True))
                for each, emails in by_list.items()
            )
            lines = []
            if edit.status == "unsubscribed":
                count = sum(
                    len(edit._subscriptions(each, emails, False))
                    for each, emails in by_list.items()
                )
                lines.append(
                    self.env._(
                        "%s leave. Coupled newsletter tools are told by themselves.",
                        count,
                    )
                )
            elif edit.status == "subscribed":
                barred = edit._barred(everybody)
                lines.append(
                    self.env._(
                        "A consent is recorded for %s people, with your name.",
                        len(everybody - barred),
                    )
                )
                if barred:
                    lines.append(
                        self.env._(
                            "%s are on the blocklist or want no e-mails, and stay off.",
                            len(barred),
                        )
                    )
            if edit.tag_ids or edit.untag_ids:
                lines.append(
                    self.env._(
                        "Tags of %s contacts and mailing contacts change.",
                        sum(len(each) for each in edit._tagged()),
                    )
                )
            edit.outlook = "\n".join(lines) or False

    def _tagged(self):
        """The contacts and the mailing contacts of the chosen people."""
        records = self._records()
        return records.partner_id, records.contact_id

    # --- do ---------------------------------------------------------------------------
    def action_apply(self):
        """Carry it out, tell and log how many it were."""
        self.ensure_one()
        self.env["newsletter.member"].check_access("write")
        if self.company_id not in self.env.companies:
            raise UserError(self.env._("Choose one of your companies."))
        if not (self.status or self.tag_ids or self.untag_ids):
            raise UserError(self.env._("Choose what shall change."))
        if self.status and not (self.note or "").strip():
            raise UserError(
                self.env._(
                    "Please note the proof: who told it when and where, or where the "
                    "paper is kept."
                )
            )
        told = []
        if self.status:
            change = self._leave if self.status == "unsubscribed" else self._join
            for mailing_list, emails in self._by_list().items():
                told.append(change(mailing_list, emails))
            if not told:
                raise UserError(
                    self.env._("None of these people is on a mailing list of Odoo.")
                )
        if self.tag_ids or self.untag_ids:
            told.append(self._tag())
        return self._tell("\n".join(told))

    def _leave(self, mailing_list, emails):
        self.env["newsletter.leaving"]._leave(
            emails,
            self.company_id,
            self.channel,
            lists=mailing_list,
            reason=self.reason or "",
            note=self.note,
        )
        return self.env._(
            "%(list)s: %(count)s people were unsubscribed.",
            list=mailing_list.name,
            count=len(emails),
        )

    def _join(self, mailing_list, emails):
        """A consent as evidence first; whoever objected later than that stays off."""
        emails -= self._barred(emails)
        consents = self.env["newsletter.consent"]._for_addresses(
            sorted(emails), self.company_id, mailing_list
        )
        consents._record(
            "staff", note=self.note, source=self.env._("Recorded by staff")
        )
        standing = consents.filtered(lambda each: each.state != "withdrawn")
        agreed = set(standing.mapped("email"))
        rows = self._subscriptions(mailing_list, agreed, True)
        # sudo: the list's people, by somebody who may change couplings' members
        rows.sudo().with_context(newsletter_reason=self.note).write({"opt_out": False})
        return self.env._(
            "%(list)s: a consent was recorded for %(count)s people; %(back)s of them "
            "had left and are subscribed again.",
            list=mailing_list.name,
            count=len(agreed),
            back=len(rows),
        )

    def _tag(self):
        changes = [Command.link(tag.id) for tag in self.tag_ids]
        changes += [Command.unlink(tag.id) for tag in self.untag_ids]
        partners, contacts = self._tagged()
        if partners:
            partners.write({"category_id": changes})
        if contacts:
            contacts.write({"tag_ids": changes})
        return self.env._(
            "Tags of %s contacts and mailing contacts were changed.",
            len(partners) + len(contacts),
        )

    def _tell(self, text):
        self.env["newsletter.event"]._log(
            "members_edited",
            text=self.env._("%s edited many members at once.", self.env.user.name),
            detail=f"{text}\n{self.note or ''}".strip(),
        )
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": text,
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }


class NewsletterMember(models.Model):
    _inherit = "newsletter.member"

    def action_newsletter_edit(self):
        """Edit these members at once."""
        return self.env["newsletter.list.edit"]._open_for(self)


class NewsletterAssignment(models.Model):
    _inherit = "newsletter.assignment"

    def action_newsletter_edit(self):
        """Edit these people of lists at once."""
        return self.env["newsletter.list.edit"]._open_for(self)
