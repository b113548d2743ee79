"""Copy a mailing list with its people (C17)."""

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL


class NewsletterListCopy(models.TransientModel):
    """The copy is a list of its own: neither coupled nor fed by a filter.

    Who has left the list has left the copy, too: it goes to the same people for the
    same reason, so the refusal holds.
    """

    _name = "newsletter.list.copy"
    _description = "Copy of a Mailing List"

    mailing_list_id = fields.Many2one(
        "mailing.list", required=True, readonly=True, ondelete="cascade"
    )
    name = fields.Char(
        string="Name of the Copy",
        compute="_compute_name",
        store=True,
        readonly=False,
        required=True,
        precompute=True,
    )
    people_count = fields.Integer(string="Subscribed", compute="_compute_counts")
    left_count = fields.Integer(string="Have Left", compute="_compute_counts")

    @api.depends("mailing_list_id")
    def _compute_name(self):
        for copy in self:
            copy.name = self.env._("%s (copy)", copy.mailing_list_id.name)

    @api.depends("mailing_list_id")
    def _compute_counts(self):
        subscriptions = self.env["mailing.subscription"]
        for copy in self:
            of_list = [("list_id", "=", copy.mailing_list_id.id)]
            copy.left_count = subscriptions.search_count(
                [*of_list, ("opt_out", "=", True)]
            )
            everybody = subscriptions.search_count(of_list)
            copy.people_count = everybody - copy.left_count

    def action_copy(self):
        """Make the list, put everybody on it, and open it."""
        self.ensure_one()
        if not (self.name or "").strip():
            raise UserError(self.env._("Give the copy a name."))
        original = self.mailing_list_id
        # core would copy the people one by one
        new = original.copy({"contact_ids": [], "subscription_ids": []})
        new.name = self.name
        count = self._copy_people(original, new)
        # whoever left in the tool only has no row that says so
        new._newsletter_keep_left(original)
        self.env["newsletter.event"]._log(
            "list_operation",
            record=new,
            text=self.env._(
                "%(user)s copied “%(list)s” with %(count)s people to “%(new)s”.",
                user=self.env.user.name,
                list=original.name,
                count=count,
                new=new.name,
            ),
        )
        return {
            "type": "ir.actions.act_window",
            "res_model": "mailing.list",
            "res_id": new.id,
            "views": [(False, "form")],
            "target": "main",
        }

    def _copy_people(self, original, new):
        """:return: how many"""
        self.env.flush_all()
        set_wise = self.env["newsletter.set.wise"]
        if not set_wise._is_plain("mailing.subscription"):
            return self._copy_one_by_one(original, new)
        model = self.env["mailing.subscription"]
        columns = {
            **set_wise._defaults(model._name, ("contact_id", "list_id", "opt_out")),
            "contact_id": SQL("former.contact_id"),
            "list_id": SQL("%s", new.id),
            "opt_out": SQL("COALESCE(former.opt_out, FALSE)"),
            "opt_out_datetime": SQL("former.opt_out_datetime"),
            "opt_out_reason_id": SQL("former.opt_out_reason_id"),
            **set_wise._stamps(model, ("create", "write")),
        }
        self.env.cr.execute(
            SQL(
                "INSERT INTO mailing_subscription (%s) SELECT %s"
                "  FROM mailing_subscription former WHERE former.list_id = %s"
                " ORDER BY former.id ON CONFLICT DO NOTHING",
                set_wise._listed(columns),
                SQL(", ").join(columns.values()),
                original.id,
            )
        )
        count = self.env.cr.rowcount
        self.env["mailing.contact"].invalidate_model()
        model.invalidate_model()
        new.invalidate_recordset()
        return count

    def _copy_one_by_one(self, original, new):
        """Where another addon, or a rule, wants to see each of them."""
        # the context key says that this is no leaving: the refusal is known
        rows = self.env["mailing.subscription"].with_context(newsletter_leaving=True)
        former = rows.search([("list_id", "=", original.id)])
        rows.create(
            [
                {
                    "contact_id": row.contact_id.id,
                    "list_id": new.id,
                    "opt_out": row.opt_out,
                    "opt_out_datetime": row.opt_out_datetime,
                    "opt_out_reason_id": row.opt_out_reason_id.id,
                }
                for row in former
            ]
        )
        return len(former)
