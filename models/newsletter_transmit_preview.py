"""The dry run on the screen: how many of each task, and what it sets off."""

from odoo import models
from odoo.tools import SQL

from ..connectors.capabilities import Level


class NewsletterRun(models.Model):
    _inherit = "newsletter.run"

    def _count_lines(self):
        """Each task with its effect, as long as it can still be thought over."""
        rows = super()._count_lines()
        if self.kind == "transmit" and self.state == "preview":
            effects = self._effects()
            for row in rows:
                row.update(effects.get(row["key"], {}))
        return rows

    def action_open_lines(self, domain=None, title=None):
        """Of a transmission with the change of each field, and the member behind it."""
        action = super().action_open_lines(domain, title)
        if self.kind == "transmit":
            view = self.env.ref(
                "newsletter_sync.newsletter_run_line_view_list_transmit"
            )
            action["views"] = [(view.id, "list")]
            action["view_id"] = view.id
        return action

    def _effects(self):
        """{task: {note, warn}}: what it does at the tool, and whether a mail goes out.

        ``warn``: it cannot be undone, or reaches lists that nobody sees here.
        """
        can = self.connection_id._connector_class().capabilities
        return {
            "transmit": self._effect_of_joining(),
            "signup": {"note": self.coupling_id._explain_opt_in("signup")},
            "update": {
                "note": self.env._(
                    "Data only: nobody's status changes, no mail goes out."
                )
            },
            "unsubscribe": self._effect_of_leaving(can),
            "delete": self._effect_of_deleting(can),
            "change_address": {
                "note": self.env._(
                    "The person keeps their history in the tool; no mail goes out."
                )
                if can.change_address
                else self.env._(
                    "This tool cannot change an address: the new one becomes a new "
                    "entry, and the former one leaves with its history; no mail goes "
                    "out."
                )
            },
        }

    def _effect_of_joining(self):
        note = self.coupling_id._explain_opt_in("transmit")
        back = self.env["newsletter.run.line"].search_count(
            [
                ("run_id", "=", self.id),
                ("result", "=", "waiting"),
                ("plan", "=", "transmit"),
                ("remote_status", "in", ("unsubscribed", "blocked")),
            ]
        )
        if not back:
            return {"note": note}
        text = self.env._(
            "%s of them had left in the tool and are brought back; who decided it and "
            "why is logged.",
            back,
        )
        return {"note": f"{note} {text}", "warn": True}

    def _effect_of_leaving(self, can):
        if can.unsubscribe is not Level.ACCOUNT:
            return {"note": self.env._("Off this list only; no mail goes out.")}
        note = self.env._(
            "This tool takes them off every list of the account; no mail goes out."
        )
        return {"note": self._with_other_lists(note, "unsubscribe"), "warn": True}

    def _effect_of_deleting(self, can):
        if can.remove_from_list:
            return {
                "note": self.env._(
                    "Off this list, and not taken in again by a fetch; no mail goes "
                    "out. What else the tool knows of them stays."
                )
            }
        note = self.env._(
            "Deleted for good from every list of the account, with all history. This "
            "cannot be undone. To unsubscribe them is the gentler way."
        )
        return {"note": self._with_other_lists(note, "delete"), "warn": True}

    def _with_other_lists(self, note, task):
        """Name the other lists on which these people are, as far as Odoo knows them."""
        people = SQL(
            "SELECT member_id FROM newsletter_run_line"
            " WHERE run_id = %s AND result = 'waiting' AND plan = %s",
            *(self.id, task),
        )
        return f"{note} {self.env['newsletter.review']._also_concerned(people, task)}"

    # --- the report as a file --------------------------------------------------------
    def _report_names(self):
        """Columns of the exported report: fields of the lines."""
        names = super()._report_names()
        if self.kind != "transmit":
            return names
        left_out = ("raw_email", "consent")
        names = [name for name in names if name not in left_out]
        return [*names[:2], "plan", *names[2:]]

    def _report_details(self, line):
        """One row for each field that changes: label, old and new value."""
        if self.kind != "transmit":
            return super()._report_details(line)
        return line._differences() or [("", "", "")]

    def _report_detail_names(self):
        if self.kind != "transmit":
            return super()._report_detail_names()
        return [
            self.env._("Field"),
            self.env._("In the Tool"),
            self.env._("Transmitted"),
        ]
