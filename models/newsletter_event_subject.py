"""What the event log tells about: each record opens its own part of it (M02)."""

from odoo import api, fields, models
from odoo.fields import Domain


class NewsletterEventSubject(models.AbstractModel):
    """Gives a model the button "Event Log" with the number that needs attention."""

    _name = "newsletter.event.subject"
    _description = "Subject of Newsletter Events"

    newsletter_attention_count = fields.Integer(
        string="Events That Need Attention",
        compute="_compute_newsletter_attention_count",
        groups="newsletter_sync.group_user",
        help="Warnings and errors that nobody has reviewed yet.",
    )

    newsletter_is_coupled = fields.Boolean(
        string="Concerns Newsletter Tools",
        compute="_compute_newsletter_is_coupled",
        groups="newsletter_sync.group_user",
    )

    def _compute_newsletter_is_coupled(self):
        """Whether the record has to do with newsletter tools at all."""
        self.newsletter_is_coupled = True

    def _newsletter_event_domain(self):
        """The events of this record; models add what is told about its members."""
        self.ensure_one()
        return Domain("res_model", "=", self._name) & Domain("res_id", "=", self.id)

    def _compute_newsletter_attention_count(self):
        attention = Domain("level", "!=", "info") & Domain("reviewed", "=", False)
        events = self.env["newsletter.event"]
        for record in self:
            # a record that is not saved yet has no events
            record.newsletter_attention_count = record.id and events.search_count(
                record._newsletter_event_domain() & attention
            )

    def action_newsletter_events(self):
        """The event log of this record."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "newsletter_sync.action_newsletter_event"
        )
        name = self.env._("Event Log: %s", self.display_name)
        return {
            **action,
            "name": name,
            "display_name": name,
            "domain": list(self._newsletter_event_domain()),
            "context": {},
        }

    def action_newsletter_manual(self):
        """The manual, beside whatever it explains (Q04)."""
        return {
            "type": "ir.actions.act_url",
            "url": "/newsletter_sync/manual",
            "target": "new",
        }


class NewsletterCoupling(models.Model):
    _name = "newsletter.coupling"
    _inherit = ["newsletter.coupling", "newsletter.event.subject"]

    def _newsletter_event_domain(self):
        return Domain("coupling_id", "=", self.id) | super()._newsletter_event_domain()


class NewsletterConnection(models.Model):
    _name = "newsletter.connection"
    _inherit = ["newsletter.connection", "newsletter.event.subject"]

    def _newsletter_event_domain(self):
        domain = super()._newsletter_event_domain()
        return Domain("connection_id", "=", self.id) | domain


class MailingList(models.Model):
    _name = "mailing.list"
    _inherit = ["mailing.list", "newsletter.event.subject"]

    @api.depends("newsletter_coupling_ids")
    def _compute_newsletter_is_coupled(self):
        for mailing_list in self:
            mailing_list.newsletter_is_coupled = mailing_list.newsletter_coupling_ids

    def _newsletter_event_domain(self):
        couplings = Domain("coupling_id.mailing_list_id", "=", self.id)
        return couplings | super()._newsletter_event_domain()


class MailingMailing(models.Model):
    _name = "mailing.mailing"
    _inherit = ["mailing.mailing", "newsletter.event.subject"]

    @api.depends("contact_list_ids")
    def _compute_newsletter_is_coupled(self):
        for mailing in self:
            lists = mailing.contact_list_ids
            mailing.newsletter_is_coupled = lists.newsletter_coupling_ids


class ResPartner(models.Model):
    _name = "res.partner"
    _inherit = ["res.partner", "newsletter.event.subject"]

    def _newsletter_event_domain(self):
        members = Domain("member_id.partner_id", "=", self.id)
        return members | super()._newsletter_event_domain()


class MailingContact(models.Model):
    _name = "mailing.contact"
    _inherit = ["mailing.contact", "newsletter.event.subject"]

    newsletter_member_ids = fields.One2many(
        "newsletter.member", "contact_id", groups="newsletter_sync.group_user"
    )

    def _newsletter_event_domain(self):
        members = Domain("member_id.contact_id", "=", self.id)
        return members | super()._newsletter_event_domain()


class CrmLead(models.Model):
    _name = "crm.lead"
    _inherit = ["crm.lead", "newsletter.event.subject"]

    def _newsletter_event_domain(self):
        members = Domain("member_id.lead_id", "=", self.id)
        return members | super()._newsletter_event_domain()
