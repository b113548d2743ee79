"""Who is on which list: one row for each person and list, coupled or not."""

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from .newsletter_member import STATUSES

#: statuses that only the tool reports; a subscription in Odoo cannot express them
REPORTED = ("pending", "hard_bounce", "soft_bounce", "general_bounce")

LIST_TYPES = [("list", "E-mail list"), ("mailing", "One-off mailing")]


class NewsletterAssignment(models.Model):
    """A view over subscriptions and members; nothing is stored twice.

    A member of a coupling is a row, and so is a subscription to a list of which no
    coupling knows the person yet; these have the negative id of their subscription.
    """

    _name = "newsletter.assignment"
    _description = "Person on a List"
    _auto = False
    _order = "id desc"
    _rec_name = "list_name"
    _depends = {
        "newsletter.member": [
            *("active", "coupling_id", "connection_id", "company_id", "partner_id"),
            *("contact_id", "lead_id", "email", "name", "local_status", "result"),
            *("local_status_at", "local_status_by", "remote_status", "task"),
        ],
        "newsletter.coupling": ["mailing_list_id", "remote_list_id"],
        "newsletter.remote.list": ["name"],
        "mailing.subscription": ["contact_id", "list_id", "opt_out"],
        "mailing.contact": ["name", "email_normalized"],
        "mailing.list": ["name", "newsletter_type"],
    }

    member_id = fields.Many2one("newsletter.member", readonly=True)
    subscription_id = fields.Many2one("mailing.subscription", readonly=True)
    mailing_list_id = fields.Many2one(
        "mailing.list", string="Mailing List in Odoo", readonly=True
    )
    coupling_id = fields.Many2one("newsletter.coupling", readonly=True)
    connection_id = fields.Many2one(
        "newsletter.connection", string="Newsletter Tool", readonly=True
    )
    company_id = fields.Many2one("res.company", readonly=True)
    partner_id = fields.Many2one("res.partner", string="Contact", readonly=True)
    contact_id = fields.Many2one(
        "mailing.contact", string="Mailing Contact", readonly=True
    )
    lead_id = fields.Many2one("crm.lead", readonly=True)
    name = fields.Char(readonly=True)
    email = fields.Char(string="Address", readonly=True)
    list_name = fields.Char(string="List", readonly=True)
    list_type = fields.Selection(
        [*LIST_TYPES, ("push", "By hand")], string="Type", readonly=True
    )
    local_status = fields.Selection(STATUSES, string="Status in Odoo", readonly=True)
    remote_status = fields.Selection(
        STATUSES, string="Status in the Tool", readonly=True
    )
    result = fields.Selection(
        lambda self: self._of_member("result"), string="Comparison", readonly=True
    )
    task = fields.Selection(
        lambda self: self._of_member("task"), string="Next Task", readonly=True
    )
    since = fields.Datetime(readonly=True, help="When the status in Odoo was set.")
    set_by = fields.Char(
        readonly=True, help="The user or the newsletter tool that set the status."
    )
    activity_ids = fields.Many2many(
        related="subscription_id.newsletter_activity_ids",
        string="Processing Activities",
    )

    @property
    def _table_query(self):
        return SQL(
            """
            SELECT member.id, member.id AS member_id,
                   subscribed.id AS subscription_id,
                   coupling.mailing_list_id, member.coupling_id, member.connection_id,
                   member.company_id, member.partner_id, member.contact_id,
                   member.lead_id, member.name, member.email,
                   COALESCE(list.name, remote.name) AS list_name,
                   COALESCE(list.newsletter_type, 'push') AS list_type,
                   CASE WHEN list.id IS NULL THEN member.local_status
                        WHEN subscribed.id IS NULL THEN NULL
                        WHEN subscribed.opt_out THEN 'unsubscribed'
                        WHEN member.local_status IN %(reported)s
                        THEN member.local_status
                        ELSE 'subscribed' END AS local_status,
                   member.remote_status, member.result, member.task,
                   COALESCE(subscribed.opt_out_datetime, member.local_status_at,
                            subscribed.create_date, member.create_date) AS since,
                   COALESCE(member.local_status_by, person.name) AS set_by
              FROM newsletter_member member
              JOIN newsletter_coupling coupling ON coupling.id = member.coupling_id
              JOIN newsletter_remote_list remote
                ON remote.id = coupling.remote_list_id
              LEFT JOIN mailing_list list ON list.id = coupling.mailing_list_id
              LEFT JOIN mailing_subscription subscribed
                ON subscribed.contact_id = member.contact_id
               AND subscribed.list_id = coupling.mailing_list_id
              LEFT JOIN res_users users
                ON users.id = COALESCE(subscribed.create_uid, member.create_uid)
              LEFT JOIN res_partner person ON person.id = users.partner_id
             WHERE member.active
         UNION ALL
            SELECT -subscribed.id, NULL, subscribed.id, subscribed.list_id, NULL, NULL,
                   NULL, NULL, contact.id, NULL, contact.name,
                   contact.email_normalized, list.name, list.newsletter_type,
                   CASE WHEN subscribed.opt_out THEN 'unsubscribed'
                        ELSE 'subscribed' END,
                   NULL, NULL, NULL,
                   COALESCE(subscribed.opt_out_datetime, subscribed.create_date),
                   person.name
              FROM mailing_subscription subscribed
              JOIN mailing_contact contact ON contact.id = subscribed.contact_id
              JOIN mailing_list list ON list.id = subscribed.list_id
              LEFT JOIN res_users users
                ON users.id = CASE WHEN subscribed.opt_out THEN subscribed.write_uid
                                   ELSE subscribed.create_uid END
              LEFT JOIN res_partner person ON person.id = users.partner_id
             WHERE NOT EXISTS (
                       SELECT FROM newsletter_member member
                         JOIN newsletter_coupling coupling
                           ON coupling.id = member.coupling_id
                        WHERE member.contact_id = subscribed.contact_id
                          AND coupling.mailing_list_id = subscribed.list_id
                          AND member.active
                   )
            """,
            reported=REPORTED,
        )

    @api.model
    def _of_member(self, name):
        """The choices of a field of the member, in its words."""
        field = self.env["newsletter.member"]._fields[name]
        return field._description_selection(self.env)

    def action_open(self):
        """The member with its review; a list without a tool is opened itself."""
        self.ensure_one()
        record = self.member_id or self.mailing_list_id
        return {
            "type": "ir.actions.act_window",
            "res_model": record._name,
            "res_id": record.id,
            "views": [(False, "form")],
        }

    def action_open_record(self):
        """The person, from a row of a list."""
        self.ensure_one()
        record = self.partner_id or self.lead_id or self.contact_id
        return {
            "type": "ir.actions.act_window",
            "res_model": record._name,
            "res_id": record.id,
            "views": [(False, "form")],
        }

    def action_take_off(self):
        """Take the people off their lists; about a tool's lists somebody is asked."""
        # who may not change mailing lists may not take anybody off
        self.subscription_id.check_access("unlink")
        if self.member_id:
            return self.member_id.action_take_off()
        self.subscription_id.unlink()
        return {"type": "ir.actions.client", "tag": "soft_reload"}


class MailingSubscription(models.Model):
    _inherit = "mailing.subscription"

    # the view's rows are read by this number
    _newsletter_assignment = models.Index("((-id))")


class NewsletterRecipient(models.AbstractModel):
    _inherit = "newsletter.recipient"

    newsletter_assignment_ids = fields.Many2many(
        "newsletter.assignment",
        compute="_compute_newsletter_assignment_ids",
        string="Lists of the Person",
        groups="newsletter_sync.group_user",
    )

    newsletter_several_addresses = fields.Boolean(
        compute="_compute_newsletter_assignment_ids",
        groups="newsletter_sync.group_user",
        help="The person is on lists with more than one address.",
    )
    newsletter_several_tools = fields.Boolean(
        compute="_compute_newsletter_assignment_ids",
        groups="newsletter_sync.group_user",
        help="The person is on lists of more than one newsletter tool.",
    )

    @api.depends(lambda self: [self._newsletter_email_field()])
    def _compute_newsletter_assignment_ids(self):
        """Every list that a record or one of the person's addresses is on."""
        link = self.env["newsletter.member"]._record_field(self._name)
        addresses = {record: record._newsletter_person_addresses() for record in self}
        rows = self.env["newsletter.assignment"].search(
            Domain(link, "in", self._origin.ids)
            | Domain("email", "in", list(set().union(*addresses.values()))),
            order="list_name, id",
        )
        for record in self:
            mine = rows.filtered(
                lambda row, record=record: (
                    row[link] == record._origin or row.email in addresses[record]
                )
            )
            record.newsletter_assignment_ids = mine
            record.newsletter_several_addresses = len(set(mine.mapped("email"))) > 1
            record.newsletter_several_tools = len(mine.connection_id) > 1

    def _newsletter_person_addresses(self):
        """The normalised addresses of the person that this record is about (a set)."""
        self.ensure_one()
        return {self.email_normalized} - {False}


class ResPartner(models.Model):
    _inherit = "res.partner"

    def _newsletter_person_addresses(self):
        own = super()._newsletter_person_addresses()
        # sudo: what was linked as the same person counts, whoever may see all of it
        everything = self._origin.sudo()._newsletter_same_person()
        return (own | everything._newsletter_addresses()) - {False}
