"""Where dynamic lists meet mailing lists, couplings, runs and comparisons."""

from odoo import api, fields, models
from odoo.tools import SQL, email_normalize


class MailingList(models.Model):
    _inherit = "mailing.list"

    newsletter_dynamic_ids = fields.One2many(
        "newsletter.dynamic.list",
        "mailing_list_id",
        groups="newsletter_sync.group_user",
    )
    newsletter_dynamic_id = fields.Many2one(
        "newsletter.dynamic.list",
        string="Filter",
        compute="_compute_newsletter_dynamic_id",
        groups="newsletter_sync.group_user",
    )
    newsletter_matching_count = fields.Integer(
        related="newsletter_dynamic_ids.matching_count",
        string="Match the Filter",
        groups="newsletter_sync.group_user",
    )

    @api.depends("newsletter_dynamic_ids")
    def _compute_newsletter_dynamic_id(self):
        for mailing_list in self:
            mailing_list.newsletter_dynamic_id = mailing_list.newsletter_dynamic_ids[:1]

    def action_newsletter_filter(self):
        """The filter of this list; a new one where there is none yet."""
        self.ensure_one()
        dynamic = self.newsletter_dynamic_id
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Dynamic List"),
            "res_model": "newsletter.dynamic.list",
            "res_id": dynamic.id,
            "views": [(False, "form")],
            "context": {} if dynamic else {"default_mailing_list_id": self.id},
        }

    def _update_subscription_from_email(self, email, opt_out=True, force_message=None):
        """Whoever says that they leave has left, whatever row there is (W1).

        Odoo does nothing about somebody who is off already: unsubscribed or taken off
        by a filter, by an operation or by hand. All of these could bring them back.
        """
        address = email_normalize(email or "")
        said = opt_out and address
        silent = self._newsletter_not_subscribed(address) if said else self.browse()
        result = super()._update_subscription_from_email(
            email, opt_out=opt_out, force_message=force_message
        )
        # sudo: a page acts for a visitor
        for mailing_list in silent.sudo():
            company = mailing_list.newsletter_dynamic_id.company_id or self.env.company
            self.env["newsletter.leaving"]._leave(
                [address], company, "page", lists=mailing_list
            )
        return result

    def _newsletter_not_subscribed(self, email):
        """Those of the lists where a normalised address is opted out, or is not."""
        # sudo: see _update_subscription_from_email
        rows = (
            self.env["mailing.subscription"]
            .sudo()
            .search(
                [
                    ("list_id", "in", self.ids),
                    ("contact_id.email_normalized", "=", email),
                ]
            )
        )
        return self - rows.filtered(lambda row: not row.opt_out).list_id


class NewsletterCoupling(models.Model):
    _inherit = "newsletter.coupling"

    dynamic_id = fields.Many2one(related="mailing_list_id.newsletter_dynamic_id")
    way_out = fields.Selection(
        related="mailing_list_id.newsletter_dynamic_ids.way_out", readonly=False
    )

    @api.depends(
        "mailing_list_id.newsletter_dynamic_ids.record_type",
    )
    def _compute_list_kind(self):
        """Where a filter feeds the list, its people are what the filter looks at."""
        result = super()._compute_list_kind()
        kinds = self.env["newsletter.dynamic.list"]._fields["record_type"]
        words = dict(kinds._description_selection(self.env))
        for coupling in self:
            # sudo: the list's kind, for everybody who sees the coupling
            dynamic = coupling.sudo().mailing_list_id.newsletter_dynamic_id
            if dynamic:
                coupling.list_type = "dynamic"
                coupling.member_kind = words[dynamic.record_type]
        return result

    def action_open_filter(self):
        """The filter of the coupled list, or a new one."""
        self.ensure_one()
        return self.mailing_list_id.action_newsletter_filter()

    def _start_run(self, kind, **values):
        # sudo: the refresh is the engine's, whoever starts the run
        if kind in ("fetch", "transmit") and self.sudo().dynamic_id:
            values.setdefault("phase", "refresh")
        return super()._start_run(kind, **values)


class NewsletterRun(models.Model):
    _inherit = "newsletter.run"

    phase = fields.Selection(selection_add=[("refresh", "Refreshing the list")])


class NewsletterReconcile(models.AbstractModel):
    _inherit = "newsletter.reconcile"

    def _find_people(self, coupling, cases):
        """Whose record that is, the filter knows; its values are the person's."""
        result = super()._find_people(coupling, cases)
        # sudo: see newsletter.dynamic.list; the rows are read past its rules anyway
        dynamic = coupling.sudo().mailing_list_id.newsletter_dynamic_id
        lonely = {
            case.contact.id: case
            for case in cases
            if case.contact and not (case.partner or case.member.lead_id)
        }
        if not dynamic or not lonely:
            return result
        field = "lead" if dynamic.res_model == "crm.lead" else "partner"
        records = self.env[dynamic.res_model]
        self.env.cr.execute(
            SQL(
                """
                SELECT known.contact_id, record.id
                  FROM newsletter_dynamic_match known
                  JOIN %s record ON record.id = known.res_id
                   AND record.email_normalized = known.email
                 WHERE known.dynamic_id = %s AND known.contact_id = ANY(%s)
                """,
                SQL.identifier(records._table),
                dynamic.id,
                list(lonely),
            )
        )
        for contact_id, record_id in self.env.cr.fetchall():
            setattr(lonely[contact_id], field, records.browse(record_id))
        return result
