"""Who is deleted here does not come back, and the tool is told: rows N01 to N05.

A deletion asks once where a person deletes on a screen; where code, an import or
another addon deletes, the company's default decides. Whatever is chosen, a tombstone
keeps the person out, and what the tool has to be told is a task of the member, which
outlives the deleted record.
"""

from odoo import api, fields, models
from odoo.exceptions import RedirectWarning
from odoo.http import request

from ..connectors.capabilities import Level
from ..sync.reconcile import Policy, Side, plan
from ..sync.vocabulary import Status
from .newsletter_push import aware

CHOICES = [
    ("unsubscribe", "Unsubscribe them in the newsletter tool"),
    ("delete", "Remove them from the list in the newsletter tool"),
    ("forget", "Leave the newsletter tool as it is"),
]
#: the context key that carries the answer; "keep" is for merges: nothing happens
ANSWER = "newsletter_deletion"


class ResCompany(models.Model):
    _inherit = "res.company"

    newsletter_deletion = fields.Selection(
        CHOICES,
        string="Contacts Deleted by Programs",
        default="unsubscribe",
        required=True,
        help="What happens in the newsletter tool when a contact is deleted without "
        "anybody to ask: by an import, another addon, or a clean-up.",
    )


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    newsletter_deletion = fields.Selection(
        related="company_id.newsletter_deletion", readonly=False
    )


class NewsletterConnection(models.Model):
    _inherit = "newsletter.connection"

    def _deletion_warnings(self, choice):
        """What a choice does beyond the one list, in words, tool by tool.

        :param choice: a key of ``CHOICES``
        """
        for connection in self:
            can = connection._connector_class().capabilities
            if choice == "unsubscribe" and can.unsubscribe == Level.ACCOUNT:
                yield self.env._(
                    "%s: unsubscribing takes people off all lists of the account.",
                    connection.name,
                )
            if choice == "delete" and not can.remove_from_list:
                if can.erase:
                    yield self.env._(
                        "%s: removing deletes people from all lists of the account, "
                        "irrevocably.",
                        connection.name,
                    )
                else:
                    yield self.env._(
                        "%s cannot remove people; they are unsubscribed.",
                        connection.name,
                    )
        if choice == "forget":
            yield self.env._(
                "They stay in the newsletter tool and can still be mailed from there. "
                "Odoo does not take them over again."
            )


class NewsletterMember(models.Model):
    _inherit = "newsletter.member"

    @api.model
    def _of_records(self, records):
        """The members of contacts, mailing contacts or leads, of all companies."""
        link = self._record_field(records._name)
        # sudo: a deletion concerns members that its user may not see
        return self.sudo().search([(link, "in", records.ids)])

    def _take_off(self, choice, reason):
        """Take people off for good; harmless when repeated.

        Their mailing contacts leave the coupled list, so that Odoo's own mailings do
        not reach them either, and the tool gets a task, if it is to be told.

        :param choice: a key of ``CHOICES``
        :param reason: of the tombstone, "removed", "deleted" or "merged"
        """
        # sudo: members, tombstones and subscriptions belong to the engine here
        members = self.sudo().filtered("active")
        for coupling, group in members.grouped("coupling_id").items():
            self.env["newsletter.tombstone"]._remember(
                group.mapped("email"), coupling.company_id, reason, coupling
            )
            with self.env["newsletter.change"]._quiet(coupling):
                group._leave_the_list(coupling)
                there = group.filtered(lambda member: member._is_in_the_tool())
                told = there if choice != "forget" else there.browse()
                for member in told:
                    member.write(member._told_to(choice))
                (group - told).write({"active": False, "task": False})
            group._log_taken_off(choice)
            if told:
                coupling._transmit_by_itself(self.env.user)

    def _told_to(self, choice):
        """Values of a decision that outlives the record and the next comparison."""
        self.ensure_one()
        return {
            "task": choice,
            "task_at": fields.Datetime.now(),
            "task_by": self.env.uid,
            "task_rule": "deleted",
            "task_difference": self._difference_when_gone() or "-",
            "task_values": False,
            "task_sends": False,
            "outdated": False,
            "parked": False,
            "tries": 0,
            "next_try_at": False,
            "result": "blocked",
        }

    def _difference_when_gone(self):
        """What will differ once nobody is on Odoo's side any more."""
        self.ensure_one()
        said = self.remote_status and Status(self.remote_status) or None
        ours = None if self.coupling_id.mailing_list_id else said
        remote = Side(
            status=said,
            status_at=aware(self.remote_status_at),
            email=self.remote_email or self.email,
            known=True,
        )
        return plan(
            None, Side(status=ours, email=self.email), remote, Policy(forgotten=True)
        ).difference

    def _is_in_the_tool(self):
        """Whether there is somebody in the tool who has to be told about."""
        self.ensure_one()
        return bool(self.remote_id or self.remote_status)

    def _leave_the_list(self, coupling):
        """Take the mailing contacts off Odoo's list; the contacts themselves stay."""
        if not coupling.mailing_list_id:
            return
        self.env["mailing.subscription"].sudo().search(
            [
                ("list_id", "=", coupling.mailing_list_id.id),
                "|",
                ("contact_id", "in", self.contact_id.ids),
                ("contact_id.email_normalized", "in", self.mapped("email")),
            ]
        ).unlink()

    def _log_taken_off(self, choice):
        choices = self.env["res.company"]._fields["newsletter_deletion"]
        words = dict(choices._description_selection(self.env))
        self.env["newsletter.event"]._log_many(
            {
                "code": "taken_off",
                "member": member,
                "coupling": member.coupling_id,
                "rule": choice,
                "text": self.env._(
                    "%(email)s was deleted in Odoo and does not come back. In the "
                    "tool: %(choice)s.",
                    email=member.email,
                    choice=words[choice],
                ),
            }
            for member in self
        )

    def action_take_off(self):
        """Ask what shall happen in the tool, then take the members off the list."""
        self.check_access("write")
        return self.env["newsletter.deletion"]._ask(self)


class NewsletterRecipient(models.AbstractModel):
    _inherit = "newsletter.recipient"

    @api.ondelete(at_uninstall=False)
    def _newsletter_before_deletion(self):
        """Ask on a screen, decide by the company's default elsewhere."""
        answer = self.env.context.get(ANSWER)
        if answer == "keep" or not self.ids:
            return
        members = self.env["newsletter.member"]._of_records(self)
        if not members:
            return
        if not answer and self._newsletter_somebody_waits():
            dialog = self.env["newsletter.deletion"]._ask(self)
            raise RedirectWarning(
                self.env._(
                    "People on a list of a newsletter tool: %(count)s (%(lists)s). "
                    "Deleting them here alone would leave them there.",
                    count=len(set(members.mapped("email"))),
                    lists=", ".join(
                        sorted(set(members.coupling_id.mapped("display_name")))
                    ),
                ),
                dialog,
                self.env._("Choose what happens there"),
            )
        for company, group in members.grouped("company_id").items():
            group._take_off(answer or company.newsletter_deletion, "deleted")

    @api.model
    def _newsletter_somebody_waits(self):
        """Whether somebody sits in front of a screen of Odoo who may be asked.

        For users without a right here the company's default decides.
        """
        on_screen = bool(request) and request.httprequest.path.startswith(
            "/web/dataset/"
        )
        return on_screen and self.env.user.has_group("newsletter_sync.group_user")


class NewsletterConsent(models.Model):
    _inherit = "newsletter.consent"

    @api.model
    def _record_each(self, kind, told):
        """A confirmed consent that was given after a deletion is the one way back."""
        result = super()._record_each(kind, told)
        if kind == "confirmation":
            for consent, evidence in told.items():
                self.env["newsletter.tombstone"]._lift(consent, before=evidence["at"])
        return result
