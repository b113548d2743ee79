"""Set operations: add the people of another list or of a filter, or take them off."""

import json

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..models.newsletter_dynamic import BAD_FILTER
from ..models.newsletter_list_filter import RECORD_TYPES, RECORDS
from ..models.newsletter_list_people import SHOWN, shown
from ..models.newsletter_list_sorting import WAYS

#: archived people who are named in the log, each with a link
_NAMED = 100


class NewsletterListOperation(models.TransientModel):
    """Choose, look at the numbers, carry out; each looks at the people afresh.

    Another addon brings a source of people by a value of ``source``, a method
    ``_people_of_<value>`` and its ``_choice_fields`` (see
    ``glue/newsletter_sync_event``).
    """

    _name = "newsletter.list.operation"
    _description = "Add or Remove Many People"

    mailing_list_id = fields.Many2one("mailing.list", required=True, ondelete="cascade")
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    operation = fields.Selection(
        [
            ("add", "Add people"),
            ("remove", "Remove people"),
        ],
        string="What to Do",
        required=True,
        default="add",
    )
    source = fields.Selection(
        [("lists", "Other mailing lists"), ("filter", "A filter")],
        string="Whom",
        required=True,
        default="lists",
    )
    source_list_ids = fields.Many2many("mailing.list", string="Mailing Lists")
    record_type = fields.Selection(
        RECORD_TYPES, string="Filter on", required=True, default="contact"
    )
    res_model = fields.Char(compute="_compute_res_model")
    domain = fields.Char(string="Filter", default="[]")
    way_out = fields.Selection(WAYS, string="How", required=True, default="remove")
    step = fields.Selection(
        [("choose", "Choose"), ("look", "Look"), ("done", "Done")],
        default="choose",
        required=True,
        readonly=True,
    )
    count = fields.Integer(string="People", readonly=True)
    people = fields.Text(string="Names", readonly=True)
    away = fields.Text(string="Left Out", readonly=True)
    warning = fields.Char(readonly=True)
    # the choice of the preview, see _check_seen
    seen = fields.Char(readonly=True)

    @api.depends("record_type")
    def _compute_res_model(self):
        for operation in self:
            operation.res_model = RECORDS[operation.record_type or "contact"][0]

    @api.onchange(
        *("operation", "source", "source_list_ids", "record_type", "domain", "way_out"),
        "company_id",
    )
    def _onchange_choice(self):
        """What was looked at were the people of another choice."""
        self.step = "choose"

    @api.model
    def _choice_fields(self):
        """What decides about whom and how; another source of people adds its own."""
        return [
            *("mailing_list_id", "company_id", "operation", "way_out", "source"),
            *("source_list_ids", "record_type", "domain"),
        ]

    def _choice(self):
        """The choice as text, to be compared."""
        values = self.read(self._choice_fields(), load=False)[0]
        return json.dumps(values, default=str, sort_keys=True)

    def _check_seen(self):
        """Many people are changed by one press: only those whom somebody has seen.

        :raises UserError: another choice was looked at, or none
        """
        if self.seen != self._choice():
            raise UserError(
                self.env._("Look at the preview first: it shows another choice.")
                if self.seen
                else self.env._("Look at the preview first.")
            )

    # --- whom -------------------------------------------------------------------------
    def _people(self):
        """The chosen people as SQL, see ``newsletter.list.people``.

        :raises UserError: nothing is chosen, or the filter does not work
        """
        self.ensure_one()
        return getattr(self, f"_people_of_{self.source}")()

    def _people_of_lists(self):
        lists = self.source_list_ids
        if not lists:
            raise UserError(self.env._("Choose at least one mailing list."))
        if self.mailing_list_id in lists:
            raise UserError(self.env._("Choose other lists than this one."))
        lists.check_access("read")
        return self.env["newsletter.list.people"]._of_lists(lists)

    def _people_of_filter(self):
        people = self.env["newsletter.list.people"]
        return people._filtered(
            self.record_type, self.domain, self.env.user, self.company_id
        )

    def _source_name(self):
        """The source in a few words, for the log."""
        if self.source == "lists":
            return ", ".join(self.source_list_ids.mapped("name"))
        sources = dict(self._fields["source"]._description_selection(self.env))
        return sources[self.source]

    def _source_warning(self):
        """What somebody should know about the source before adding its people."""
        return False

    def _going(self):
        """SQL of the mailing contacts of the chosen people who are on the list."""
        return SQL(
            """
            SELECT contact.id FROM mailing_contact contact
              JOIN mailing_subscription listed ON listed.contact_id = contact.id
               AND listed.list_id = %s AND NOT COALESCE(listed.opt_out, FALSE)
             WHERE contact.email_normalized IN (SELECT email FROM (%s) people)
            """,
            self.mailing_list_id.id,
            self._people(),
        )

    def _check(self):
        self.ensure_one()
        # only who may change couplings' people may change many at once
        self.env["newsletter.coupling"].check_access("write")
        self.mailing_list_id.check_access("read")
        if self.company_id not in self.env.companies:
            raise UserError(self.env._("Choose one of your companies."))
        if self.operation == "add":
            self.env["newsletter.list.people"]._check_open(self.mailing_list_id)
        self.env.flush_all()

    # --- look -------------------------------------------------------------------------
    def action_preview(self):
        """The numbers and first names; nothing is changed."""
        self._check()
        try:
            with self.env.cr.savepoint():
                look = self._look_add if self.operation == "add" else self._look_remove
                values = look()
        except BAD_FILTER as error:
            if isinstance(error, UserError):
                raise
            raise UserError(
                self.env._("The filter does not work: %s", error)
            ) from error
        self.write({"step": "look", "seen": self._choice(), **values})
        return self._show()

    def _look_add(self):
        people = self.env["newsletter.list.people"]
        numbers = people._gather(self.mailing_list_id, self.company_id, self._people())
        count = numbers["new"]
        return {
            "count": count,
            "people": people._listed(people._names(("new",)), count),
            "away": "\n".join(people._reasons(numbers)) or False,
            "warning": self._source_warning(),
        }

    def _look_remove(self):
        going = self._going()
        self.env.cr.execute(SQL("SELECT count(*) FROM (%s) going", going))
        count = self.env.cr.fetchone()[0]
        self.env.cr.execute(
            SQL(
                "SELECT name, email FROM mailing_contact WHERE id IN (%s)"
                " ORDER BY email_normalized LIMIT %s",
                going,
                SHOWN,
            )
        )
        names = [shown(name, email) for name, email in self.env.cr.fetchall()]
        people = self.env["newsletter.list.people"]
        return {
            "count": count,
            "people": people._listed(names, count),
            "away": False,
            "warning": self._warning(),
        }

    def _warning(self):
        people = self.env["newsletter.list.people"]
        way = people._way_out(self.mailing_list_id, self.way_out)
        if way != self.way_out:
            return self.env._(
                "Unsubscribing would take people off all lists of the newsletter "
                "tool's account. They are taken off this list instead."
            )
        return False

    # --- do ---------------------------------------------------------------------------
    def action_apply(self):
        """Carry it out for whom it concerns now, and say how many it were.

        :raises UserError: nobody has looked at this choice
        """
        self._check()
        self._check_seen()
        mailing_list = self.mailing_list_id
        people = self.env["newsletter.list.people"]
        away = False
        if self.operation == "add":
            numbers = people._gather(mailing_list, self.company_id, self._people())
            count = people._put_on(mailing_list)
            away = "\n".join(people._reasons(numbers)) or False
            names = people._names(("put",))
            self._name_archived()
            people._give_tasks(mailing_list)
            text = self.env._(
                "%(user)s added %(count)s people to “%(list)s”: %(whom)s.",
                **self._told(count),
            )
        else:
            names = (self._look_remove()["people"] or "").split("\n")
            count, _now = people._sort_out(mailing_list, self.way_out, self._going())
            text = self.env._(
                "%(user)s took %(count)s people off “%(list)s”: %(whom)s.",
                **self._told(count),
            )
        self._log(text, "\n".join(filter(None, [*names, away])))
        # sudo: what the couplings allow is done, whoever changes their list
        for coupling in mailing_list.sudo().newsletter_coupling_ids:
            coupling._transmit_by_itself(self.env.user)
        self.write(
            {
                "step": "done",
                "seen": False,
                "count": count,
                "away": away,
                "people": False,
                "warning": False,
            }
        )
        return self._show()

    def _told(self, count):
        return {
            "user": self.env.user.name,
            "count": count,
            "list": self.mailing_list_id.name,
            "whom": self._source_name(),
        }

    def _log(self, text, detail):
        """One event for all of them."""
        # sudo: whose coupling it is, for the log
        coupling = self.mailing_list_id.sudo().newsletter_coupling_ids[:1]
        about = {"coupling": coupling} if coupling else {}
        self.env["newsletter.event"]._log(
            "list_operation",
            record=self.mailing_list_id,
            text=text,
            detail=detail,
            **about,
        )

    def _name_archived(self):
        """Archived people are named with a link, to be removed or reactivated (C27)."""
        self.env.cr.execute(
            """
            SELECT DISTINCT ON (said.email) partner.id
              FROM newsletter_joining said
              JOIN res_partner partner ON partner.email_normalized = said.email
             WHERE said.what = 'archived' AND NOT partner.active
             ORDER BY said.email, partner.id LIMIT %s
            """,
            [_NAMED],
        )
        archived = self.env["res.partner"].browse(
            [partner_id for (partner_id,) in self.env.cr.fetchall()]
        )
        self.env["newsletter.event"]._log_many(
            {
                "code": "archived",
                "record": partner,
                "text": self.env._(
                    "%(name)s is archived and was not put on “%(list)s”.",
                    # sudo: the name of somebody of the chosen people
                    name=partner.sudo().display_name,
                    list=self.mailing_list_id.name,
                ),
            }
            for partner in archived
        )

    # --- the dialog -------------------------------------------------------------------
    def _show(self):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Add or Remove Many People"),
            "res_model": self._name,
            "res_id": self.id,
            "views": [(False, "form")],
            "target": "new",
        }


class MailingList(models.Model):
    _inherit = "mailing.list"

    def action_newsletter_operation(self):
        """Add or remove many people at once."""
        self.ensure_one()
        operation = self.env["newsletter.list.operation"].create(
            {"mailing_list_id": self.id}
        )
        return operation._show()

    def action_newsletter_copy(self):
        """Copy the list with its people."""
        self.ensure_one()
        copy = self.env["newsletter.list.copy"].create({"mailing_list_id": self.id})
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Copy the List With Its People"),
            "res_model": copy._name,
            "res_id": copy.id,
            "views": [(False, "form")],
            "target": "new",
        }
