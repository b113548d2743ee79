"""Dynamic lists: a filter on contacts, companies or leads feeds a mailing list."""

from collections import Counter

import psycopg2

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import SQL

from .newsletter_list_filter import RECORD_TYPES, RECORDS
from .newsletter_list_sorting import WAYS

#: what a filter that does not work raises
BAD_FILTER = (UserError, psycopg2.DataError, psycopg2.ProgrammingError)


class NewsletterDynamicList(models.Model):
    """The filter of one mailing list.

    Whom it brought is remembered in ``newsletter.dynamic.match``. Only they are taken
    off when they match no more: whoever came by another way (by hand, by the tool's own
    form) is none of the filter's business.
    """

    _name = "newsletter.dynamic.list"
    _description = "Newsletter Dynamic List"
    _inherit = ["newsletter.logged", "mail.thread", "mail.activity.mixin"]
    _rec_name = "mailing_list_id"
    _order = "id"

    mailing_list_id = fields.Many2one(
        "mailing.list", required=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        default=lambda self: self.env.company,
        help="Its contacts, and those that belong to no company, are looked at.",
    )
    user_id = fields.Many2one(
        "res.users",
        string="Filters as",
        required=True,
        default=lambda self: self.env.user,
        help="The filter finds what this person may see. It is whoever changed the "
        "filter last.",
    )
    record_type = fields.Selection(
        RECORD_TYPES,
        string="Filter on",
        required=True,
        default="contact",
    )
    res_model = fields.Char(compute="_compute_res_model")
    domain = fields.Char(string="Filter", required=True, default="[]")
    way_out = fields.Selection(
        [("keep", "Keep them on the list"), *WAYS],
        string="People Who No Longer Match",
        required=True,
        default="remove",
        help="It concerns people whom the filter has brought, nobody else.",
    )
    brake_percent = fields.Integer(
        string="Safety Brake (%)",
        default=20,
        help="If more than this part of the list would come or go at once, nothing is "
        "changed until somebody has looked. 0: never; a filter that suddenly matches "
        "nobody stops in every case.",
    )
    state = fields.Selection(
        [
            ("new", "Not filled yet"),
            ("running", "Running"),
            ("stopped", "Stopped by the safety brake"),
            ("failed", "Does not work"),
        ],
        default="new",
        required=True,
        readonly=True,
        copy=False,
    )
    message = fields.Char(readonly=True, copy=False)
    overruled = fields.Boolean(
        readonly=True,
        copy=False,
        help="Somebody has looked at what will happen and wants it.",
    )
    refreshed_at = fields.Datetime(string="Last Refresh", readonly=True, copy=False)
    matching_count = fields.Integer(string="Match", readonly=True, copy=False)
    # {reason: number}, see newsletter.list.people
    left_out = fields.Json(string="Reasons", readonly=True, copy=False)
    left_out_text = fields.Text(string="Left Out", compute="_compute_left_out_text")
    match_ids = fields.One2many(
        "newsletter.dynamic.match", "dynamic_id", string="People of the Filter"
    )

    _once = models.UniqueIndex(
        "(mailing_list_id)", "This mailing list has a filter already."
    )
    _brake_positive = models.Constraint(
        "CHECK(brake_percent >= 0)", "The safety brake cannot be negative."
    )

    @api.depends("record_type")
    def _compute_res_model(self):
        for dynamic in self:
            dynamic.res_model = RECORDS[dynamic.record_type or "contact"][0]

    @api.depends("left_out")
    @api.depends_context("lang")
    def _compute_left_out_text(self):
        people = self.env["newsletter.list.people"]
        for dynamic in self:
            reasons = people._reasons(Counter(dynamic.left_out or {}))
            dynamic.left_out_text = "\n".join(reasons)

    @api.model
    def _newsletter_logged_fields(self):
        return ["domain", "record_type", "way_out", "brake_percent", "user_id"]

    # --- changes ----------------------------------------------------------------------
    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            if not self.env.su:
                vals["user_id"] = self.env.uid
        return super().create(vals_list)

    def write(self, vals):
        """The filter runs with the rights of whoever changed it last: nobody can let
        it find with another person's rights what they may not see themselves."""
        if {"domain", "record_type", "company_id"} & vals.keys() and not self.env.su:
            vals = {**vals, "user_id": self.env.uid}
        elif vals.get("user_id", self.env.uid) != self.env.uid and not self.env.su:
            raise UserError(
                self.env._("You can only let the filter run with your own rights.")
            )
        if {"domain", "record_type", "company_id", "user_id"} & vals.keys():
            vals = {**vals, "overruled": False}
            if any(dynamic.state == "failed" for dynamic in self):
                vals.update(state="running", message=False)
        model = RECORDS.get(vals.get("record_type"), [None])[0]
        elsewhere = self.filtered(lambda each: model and each.res_model != model)
        result = super().write(vals)
        elsewhere._forget_records()
        return result

    def _forget_records(self):
        """The ids of contacts mean other people among the leads, and the reverse."""
        matches = self.env["newsletter.dynamic.match"]
        matches.flush_model()
        self.env.cr.execute(
            SQL(
                "UPDATE newsletter_dynamic_match SET res_id = 0"
                " WHERE dynamic_id = ANY(%s)",
                self.ids,
            )
        )
        matches.invalidate_model(["res_id"])

    @api.constrains("domain", "record_type", "user_id", "company_id")
    def _check_domain(self):
        for dynamic in self:
            try:
                with self.env.cr.savepoint(flush=False):
                    self.env.cr.execute(
                        SQL("SELECT FROM (%s) record LIMIT 0", dynamic._matching())
                    )
            except BAD_FILTER as error:
                raise ValidationError(
                    self.env._("The filter does not work: %s", error)
                ) from error

    # --- whom it finds ----------------------------------------------------------------
    def _matching(self):
        """The records that match, as SQL of people; with the rights of ``user_id``.

        :raises UserError: the filter does not work, or nobody's rights are left
        """
        self.ensure_one()
        user = self.user_id
        if not user.active and user.id != SUPERUSER_ID:
            raise UserError(
                self.env._(
                    "%s, with whose rights the filter runs, is archived. Save the "
                    "filter anew to let it run with yours.",
                    user.name,
                )
            )
        people = self.env["newsletter.list.people"]
        return people._filtered(self.record_type, self.domain, user, self.company_id)

    # --- screens ----------------------------------------------------------------------
    def action_open_matches(self):
        """The people of the filter."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "newsletter_sync.action_newsletter_dynamic_match"
        )
        return {**action, "domain": [("dynamic_id", "=", self.id)]}

    def action_open_mailing_list(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "mailing.list",
            "res_id": self.mailing_list_id.id,
            "views": [(False, "form")],
        }

    def action_make_static(self):
        """Take the filter away; everybody stays on the list."""
        self.check_access("unlink")
        lists = self.mailing_list_id
        self.unlink()
        if len(lists) != 1:
            return None
        return {
            "type": "ir.actions.act_window",
            "res_model": "mailing.list",
            "res_id": lists.id,
            "views": [(False, "form")],
            "target": "main",
        }


class NewsletterDynamicMatch(models.Model):
    """One address that matches a filter, or did; written by the refresh only."""

    _name = "newsletter.dynamic.match"
    _description = "Newsletter Match of a Dynamic List"
    _order = "email, id"
    _rec_name = "email"

    dynamic_id = fields.Many2one(
        "newsletter.dynamic.list", required=True, readonly=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="dynamic_id.company_id")
    email = fields.Char(string="E-mail", required=True, readonly=True)
    res_model = fields.Char(related="dynamic_id.res_model")
    # of several records with the address the lowest id; see ``res_model``
    res_id = fields.Integer(readonly=True, aggregator=None)
    contact_id = fields.Many2one(
        "mailing.contact", readonly=True, ondelete="set null", index="btree_not_null"
    )
    brought = fields.Boolean(
        string="Brought by the Filter",
        readonly=True,
        help="The filter put the person on the list. Others were there before, or have "
        "left it; the filter changes nothing about them.",
    )
    state = fields.Selection(
        [
            ("on", "Matches"),
            ("gone", "Matches no more"),
            ("remove", "Taken off"),
            ("unsubscribe", "Unsubscribed"),
        ],
        required=True,
        readonly=True,
        default="on",
    )
    gone_at = fields.Datetime(string="No Match Since", readonly=True)

    _once = models.UniqueIndex("(dynamic_id, email)", "This address is here already.")

    def action_open_record(self):
        """The contact or lead behind it, or its mailing contact."""
        self.ensure_one()
        record = self.env[self.res_model].browse(self.res_id).exists()
        record = record or self.contact_id
        if not record:
            raise UserError(self.env._("The record was deleted."))
        return {
            "type": "ir.actions.act_window",
            "res_model": record._name,
            "res_id": record.id,
            "views": [(False, "form")],
        }
