"""Removing a block: for a named reason, and never a way back onto a list (rule W9)."""

from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import html2plaintext

from .newsletter_leaving import is_ours


class NewsletterLeaving(models.Model):
    _inherit = "newsletter.leaving"

    def _lift_for(self, reason):
        """Lift these leavings and what follows from them; nobody is subscribed by it.

        The consent stays withdrawn: only a new one brings the person back.

        :param reason: in the user's own words
        :raises UserError: without a reason, or for somebody who has complained
        """
        if not (reason or "").strip():
            raise UserError(
                self.env._("Say why: a block is removed for a named reason only.")
            )
        # sudo: what belongs together is lifted together, in whatever company
        standing = self.sudo().filtered(lambda leaving: not leaving.lifted_at)
        standing |= standing.origin_id
        standing |= self.sudo().search(
            [("origin_id", "in", standing.ids), ("lifted_at", "=", False)]
        )
        whole = standing.filtered(lambda leaving: leaving.scope != "list")
        emails = set(whole.mapped("email"))
        # other blocks of the same addresses would go on standing unseen
        whole |= self.sudo().search(
            [
                ("email", "in", list(emails)),
                ("scope", "!=", "list"),
                ("lifted_at", "=", False),
            ]
        )
        lifted = standing | whole
        lifted._refuse_complaints()
        lifted._lift(reason)
        quiet = self.sudo().with_context(newsletter_leaving=True)
        entries = quiet.env["mail.blacklist"].search([("email", "in", list(emails))])
        for entry in entries:
            entry._track_set_log_message(reason)
        entries.write({"active": False})
        if emails:
            persons = quiet._persons(emails)
            persons.filtered("no_marketing_email").write({"no_marketing_email": False})
        self.env["newsletter.event"]._log_many(
            {
                "code": "leaving_lifted",
                "level": "warning",
                "company_id": leaving.company_id.id,
                "record": leaving,
                "user_id": self.env.uid,
                "text": self.env._(
                    "%(user)s lifted the leaving of %(email)s. Nobody was subscribed.",
                    user=self.env.user.name,
                    email=leaving.email,
                ),
                "detail": reason,
            }
            for leaving in lifted
        )

    def _refuse_complaints(self):
        """A complaint is lifted by the person's own new double opt-in only (C4).

        :raises UserError: one of these is a complaint
        """
        complained = self.filtered(lambda each: each.channel == "complaint")
        if complained:
            raise UserError(
                self.env._(
                    "%s has reported our mail as spam. Only the person can undo that, "
                    "by a new double opt-in: they fill in a form and confirm it.",
                    ", ".join(sorted(set(complained.mapped("email")))),
                )
            )

    @api.model
    def _standing_blocks(self, emails):
        """Leavings that block one of the addresses altogether, with ``sudo``."""
        return self.sudo().search(
            [
                ("email", "in", [email for email in emails if email]),
                ("scope", "!=", "list"),
                ("lifted_at", "=", False),
            ]
        )

    @api.model
    def _ask_for_reason(self, emails):
        """Whoever takes a block away says why, or is told how.

        :return: the reason to write down
        :raises UserError: a user gave none
        """
        if reason := self.env.context.get("newsletter_reason"):
            return reason
        if self.env.user.share:
            return self.env._("The person removed the block on a page of Odoo.")
        if self.env.user._is_superuser():
            return self.env._("Removed by a program.")
        raise UserError(
            self.env._(
                "%s wanted no more e-mails. Open the leaving, press “Lift” and say "
                "why. That removes the block; it subscribes nobody.",
                ", ".join(sorted(set(emails))),
            )
        )

    def action_lift(self):
        """Ask for the reason."""
        self.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Lift the Leaving"),
            "res_model": "newsletter.lift.wizard",
            "view_mode": "form",
            "target": "new",
            "context": {"default_leaving_ids": self.ids},
        }


class MailBlacklist(models.Model):
    _inherit = "mail.blacklist"

    def write(self, vals):
        if "active" in vals and not vals["active"] and not is_ours(self.env):
            unblocked = self.filtered("active")
            blocks = self.env["newsletter.leaving"]._standing_blocks(
                unblocked.mapped("email")
            )
            if blocks:
                reason = blocks.with_env(self.env)._ask_for_reason(
                    blocks.mapped("email")
                )
                blocks.with_env(self.env)._lift_for(reason)
        return super().write(vals)

    def _remove(self, email, message=None):
        """Odoo's own dialog asks for a reason; it is the one we need."""
        said = html2plaintext(message or "").strip()
        entries = self.with_context(newsletter_reason=said) if said else self
        return super(MailBlacklist, entries)._remove(email, message)

    @api.ondelete(at_uninstall=False)
    def _unlink_lifts(self):
        """Deleting an entry removes a block as well."""
        if not is_ours(self.env):
            self.filtered("active").write({"active": False})


class ResPartner(models.Model):
    _inherit = "res.partner"

    def write(self, vals):
        wanted = self.browse()
        if (
            "no_marketing_email" in vals
            and not vals["no_marketing_email"]
            and not is_ours(self.env)
        ):
            wanted = self.filtered("no_marketing_email")
        result = super().write(vals)
        if wanted:
            # sudo: see _newsletter_left
            persons = wanted.sudo()._newsletter_same_person()
            blocks = (
                self.env["newsletter.leaving"]
                ._standing_blocks(persons._newsletter_addresses())
                .with_env(self.env)
            )
            if blocks:
                blocks._lift_for(blocks._ask_for_reason(blocks.mapped("email")))
        return result
