"""What only experts do with a coupling: end it, choose its list anew, delete the list.

Each shows first what it means for how many people, and wants a tick for it.
"""

from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..connectors.errors import ConnectorError

#: before its list is deleted a coupling must have been read as a whole within this time
FETCHED_WITHIN = timedelta(hours=24)
_SAME_LIST = ("uncouple", "delete")


class NewsletterCouplingChange(models.TransientModel):
    _name = "newsletter.coupling.change"
    _description = "Change of a Coupling"

    coupling_id = fields.Many2one(
        "newsletter.coupling", required=True, readonly=True, ondelete="cascade"
    )
    connection_id = fields.Many2one(related="coupling_id.connection_id")
    kind = fields.Selection(
        [
            ("uncouple", "End the coupling"),
            ("by_id", "Enter the ID of the list by hand"),
            ("anew", "Choose the list anew"),
            ("delete", "Delete the list in the tool"),
        ],
        required=True,
        readonly=True,
    )
    step = fields.Selection(
        [("choose", "List"), ("confirm", "Confirm")], required=True, readonly=True
    )
    remote_id = fields.Char(string="ID of the List in the Tool")
    remote_list_id = fields.Many2one(
        "newsletter.remote.list",
        string="List in the Tool",
        domain="[('connection_id', '=', connection_id), ('coupled', '=', False)]",
    )
    lists_message = fields.Char(readonly=True)
    risk = fields.Char(compute="_compute_risk")
    preview = fields.Html(readonly=True)
    people = fields.Integer(readonly=True, help="As the tool said a moment ago.")
    typed_people = fields.Integer(string="Number of people in the list")
    accepted = fields.Boolean(string="I have read this and want it")

    @api.depends("kind")
    def _compute_risk(self):
        texts = {
            "uncouple": self.env._(
                "After this nothing is compared any more: what changes in one list, "
                "leavings in the tool too, is not noticed in the other. Opt-outs in "
                "Odoo still reach the tool."
            ),
            "by_id": self.env._(
                "Only right after a coupling by mistake does this make sense. The "
                "wrong list mixes people who have nothing to do with each other."
            ),
            "anew": self.env._(
                "Only right after a coupling by mistake does this make sense. The "
                "wrong list mixes people who have nothing to do with each other."
            ),
            "delete": self.env._(
                "The list is deleted in the newsletter tool for good; nobody can bring "
                "it back. Delete only what was made by mistake: history has value, and "
                "the law may want it kept. Ending the coupling is the gentle way."
            ),
        }
        for change in self:
            change.risk = texts.get(change.kind, "")

    # --- opening ---
    @api.model
    def _open(self, coupling, kind):
        coupling.ensure_one()
        coupling.check_access("write")
        coupling._check_no_open_run()
        step = "confirm" if kind in _SAME_LIST else "choose"
        change = self.create({"coupling_id": coupling.id, "kind": kind, "step": step})
        if kind == "anew":
            coupling.connection_id._refresh_lists_or_explain(change)
        if kind == "delete":
            change._check_deletable()
        if step == "confirm":
            change._show()
        return change._reopen()

    def _reopen(self):
        self.ensure_one()
        titles = dict(self._fields["kind"]._description_selection(self.env))
        return {
            "type": "ir.actions.act_window",
            "name": titles[self.kind],
            "res_model": self._name,
            "res_id": self.id,
            "views": [(False, "form")],
            "target": "new",
        }

    def action_next(self):
        """Verify the list with the tool, then show what the change would mean."""
        self.ensure_one()
        if self.kind == "by_id":
            self.remote_list_id = self._verified()
        if not self.remote_list_id:
            raise UserError(self.env._("Please choose a list of the tool."))
        if self.remote_list_id == self.coupling_id.remote_list_id:
            raise UserError(self.env._("The coupling has this list already."))
        self.env["newsletter.coupling"]._check_free(self.remote_list_id)
        self._show()
        self.step = "confirm"
        return self._reopen()

    def action_back(self):
        self.write({"step": "choose", "accepted": False})
        return self._reopen()

    def _verified(self):
        """The list with the ID that was typed, as the tool knows it now."""
        typed = (self.remote_id or "").strip()
        if not typed:
            raise UserError(self.env._("Please enter the ID of the list."))
        lists = self._speak(self.connection_id._refresh_lists)
        found = lists.filtered(lambda each: each.remote_id == typed)
        if not found:
            raise UserError(
                self.env._(
                    "%(tool)s has no list with the ID “%(id)s”. Copy the ID from the "
                    "tool, or choose the list by its name.",
                    tool=self.connection_id._connector_class().label,
                    id=typed,
                )
            )
        return found

    def _speak(self, call):
        try:
            return call()
        except ConnectorError as error:
            raise UserError(self.connection_id._explain(error)) from error

    # --- what it would mean ---
    def _show(self):
        steps, rows = getattr(self, f"_preview_{self.kind}")()
        self.preview = self.env["ir.qweb"]._render(
            "newsletter_sync.coupling_change_preview", {"steps": steps, "rows": rows}
        )

    def _row(self, count, label, follows):
        return {"key": "", "count": count, "label": label, "follows": follows}

    def _kept(self):
        """What becomes of the members of the coupling, as rows."""
        coupling = self.coupling_id
        tasks = dict(
            self.env["newsletter.member"]._read_group(
                [("coupling_id", "=", coupling.id), ("task", "!=", False)],
                ["task"],
                ["__count"],
            )
        )
        leaving = tasks.pop("unsubscribe", 0)
        rows = [
            self._row(
                coupling.member_count,
                self.env._("Members of this coupling"),
                self.env._("are archived, and found again by coupling this list again"),
            ),
            self._row(
                leaving,
                self.env._("Leavings that the tool has not been told yet"),
                self.env._("are told to the tool all the same"),
            ),
            self._row(
                sum(tasks.values()),
                self.env._("Other tasks that were not transmitted"),
                self.env._("wait in the archive"),
            ),
        ]
        return [row for row in rows if row["count"]]

    def _preview_uncouple(self):
        coupling = self.coupling_id
        steps = [
            self.env._("The coupling %s is ended.", coupling.display_name),
            self.env._("Both lists stay in their systems with all their people."),
        ]
        return steps, self._kept()

    def _preview_anew(self):
        coupling, remote_list = self.coupling_id, self.remote_list_id
        names = {
            "local": coupling.mailing_list_id.name,
            "old": coupling.remote_list_id.name,
            "new": remote_list.name,
        }
        steps = [
            self.env._(
                "The coupling with “%(old)s” is ended; that list stays.", **names
            ),
            self.env._(
                "“%(local)s” is coupled with “%(new)s”, with the same settings.",
                **names,
            ),
            self.env._("Nothing is sent by that and nobody is changed."),
        ]
        preview = self.env["newsletter.coupling.preview"]
        rows = self._speak(
            lambda: preview._rows(remote_list, coupling.mailing_list_id, coupling)
        )
        return steps, self._kept() + rows

    def _preview_by_id(self):
        return self._preview_anew()

    def _preview_delete(self):
        coupling = self.coupling_id
        connector = self.connection_id._connector()
        remote_id = coupling.remote_list_id.remote_id
        self.people = self._speak(lambda: connector.count(remote_id)) or 0
        if connector.capabilities.delete_list_takes_people:
            gone = self.env._("are deleted in the tool with the list")
        else:
            gone = self.env._("stay in the tool, without this list")
        names = {"list": coupling.remote_list_id.name, "tool": connector.label}
        steps = [
            self.env._("The list “%(list)s” is deleted in %(tool)s for good.", **names),
            self.env._("The coupling is ended; the mailing list in Odoo stays."),
            self.env._(
                "Mailings in Odoo stay; those of the tool are its own business."
            ),
        ]
        people = self._row(self.people, self.env._("People in the list"), gone)
        left = self._row(
            self.env["newsletter.member"].search_count(
                [
                    ("coupling_id", "=", coupling.id),
                    ("remote_status", "=", "unsubscribed"),
                ]
            ),
            self.env._("Of these left in the tool"),
            self.env._("are remembered in Odoo, so that nobody brings them back"),
        )
        return steps, [row for row in (people, left) if row["count"]] + self._kept()

    # --- doing it ---
    def action_confirm(self):
        """What the dialog showed, once it was ticked."""
        self.ensure_one()
        self.coupling_id.check_access("write")
        if not self.accepted:
            raise UserError(self.env._("Please tick that you have read the warning."))
        return getattr(self, f"_do_{self.kind}")()

    def _do_uncouple(self):
        self.coupling_id._uncouple()
        return self._told(
            self.env._("The coupling was ended. Both lists stay as they are."),
            {
                **self.env["ir.actions.act_window"]._for_xml_id(
                    "newsletter_sync.action_newsletter_coupling"
                ),
                "target": "main",
            },
        )

    def _do_anew(self):
        coupling = self.coupling_id._move_to(self.remote_list_id)
        return self._told(
            self.env._("The mailing list is coupled anew. Next step: fetch."),
            coupling.action_open(),
        )

    def _do_by_id(self):
        return self._do_anew()

    def _told(self, message, following):
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {"type": "success", "message": message, "next": following},
        }

    # --- deleting in the tool (N06) ---
    def _check_deletable(self):
        """Only who manages connections, and only after whoever left was taken over."""
        coupling = self.coupling_id
        coupling.remote_list_id.check_access("unlink")
        connector = self.connection_id._connector_class()
        if not connector.capabilities.delete_list:
            raise UserError(
                self.env._(
                    "%s cannot delete lists by its interface. Delete the list there, "
                    "after ending the coupling here.",
                    connector.label,
                )
            )
        read_at = coupling.full_fetched_at
        if not read_at or read_at < fields.Datetime.now() - FETCHED_WITHIN:
            raise UserError(
                self.env._(
                    "Fetch the whole list first. The tool forgets with the list who "
                    "has left; Odoo must know them before."
                )
            )

    def _do_delete(self):
        self._check_deletable()
        if self.typed_people != self.people:
            raise UserError(
                self.env._(
                    "Please enter the number of people in the list, %s, to show that "
                    "you mean this list.",
                    self.people,
                )
            )
        coupling = self.coupling_id
        connector, runner = (
            self.connection_id._connector(),
            self.env["newsletter.runner"],
        )
        coupling_id, remote_id = coupling.id, coupling.remote_list_id.remote_id

        def browse(own):
            return own.env["newsletter.coupling"].browse(coupling_id)

        # ended for good before the tool is asked: no run may work on the list meanwhile
        runner._in_transaction(lambda own: browse(own)._uncouple())
        try:
            connector.delete_list(remote_id)
        except ConnectorError as error:
            runner._in_transaction(lambda own: browse(own)._revive({}))
            raise UserError(self.connection_id._explain(error)) from error
        runner._in_transaction(lambda own: browse(own)._list_deleted())
        return self._told(
            self.env._("The list was deleted in the newsletter tool."),
            {
                **self.env["ir.actions.act_window"]._for_xml_id(
                    "newsletter_sync.action_newsletter_coupling"
                ),
                "target": "main",
            },
        )
