"""Archived records are not synchronised; each report names them, with the ways out."""

from odoo import SUPERUSER_ID, fields, models
from odoo.fields import Domain

#: names in the event of one run; the whole is a click away
NAMED = 20

_ARCHIVED = Domain("result", "=", "blocked") & Domain("result_code", "=", "archived")


class NewsletterMember(models.Model):
    _inherit = "newsletter.member"

    _archived_record = models.Index("(coupling_id) WHERE result_code = 'archived'")

    def action_restore_record(self):
        """Take the contacts out of the archive, with the rights of whoever asks."""
        self.check_access("read")
        partners = self.partner_id
        partners.action_unarchive()
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._(
                    "%s contacts were restored. The next fetch compares them again; "
                    "nobody who has left is brought back by that.",
                    len(partners),
                ),
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    def action_open_mailing_list(self):
        """The list that the person is on: of Odoo, else of the tool."""
        self.ensure_one()
        coupling = self.coupling_id
        if not coupling.mailing_list_id:
            return coupling.action_open()
        return coupling.action_open_mailing_list()


class NewsletterCoupling(models.Model):
    _inherit = "newsletter.coupling"

    def _checks(self):
        rows = super()._checks()
        place = [row[0] for row in rows].index("blocked") + 1
        return [
            *rows[:place],
            ("archived", self.env._("Archived in Odoo"), "warning", _ARCHIVED),
            *rows[place:],
        ]

    def action_open_archived(self):
        """Members whose contact is archived, to be restored or taken off the list."""
        self.ensure_one()
        name = self.env._("Archived in Odoo: %s", self.name)
        return {
            "type": "ir.actions.act_window",
            "name": name,
            "display_name": name,
            "res_model": "newsletter.member",
            "views": [
                (
                    self.env.ref(
                        "newsletter_sync.newsletter_member_view_list_archived"
                    ).id,
                    "list",
                ),
                (False, "form"),
            ],
            "domain": list(Domain("coupling_id", "=", self.id) & _ARCHIVED),
            "context": {"newsletter_coupling_id": self.id},
        }

    def action_open_check(self, key):
        if key == "archived":
            return self.action_open_archived()
        return super().action_open_check(key)


class NewsletterRun(models.Model):
    _inherit = "newsletter.run"

    archived = fields.Integer(
        string="Archived in Odoo",
        readonly=True,
        help="People of the list whose contact is archived. They are not synchronised.",
    )

    def _compared(self):
        result = super()._compared()
        self._name_archived()
        return result

    def _finished(self):
        result = super()._finished()
        if self.kind == "transmit":
            self._name_archived()
        return result

    def _name_archived(self):
        """Count them on the run, and name them in one event of it (C27).

        Each single one was logged with its record when it was found. A run that the
        scheduler began names them again only if there are more or fewer than before:
        it comes every half hour, and every report shows the number.
        """
        members = self.env["newsletter.member"]
        domain = Domain("coupling_id", "=", self.coupling_id.id) & _ARCHIVED
        self.archived = members.search_count(domain)
        if not self.archived or not self._is_news_archived():
            return
        names = [
            f"{member.name} <{member.email}>" if member.name else member.email
            for member in members.search(domain, order="email", limit=NAMED)
        ]
        if self.archived > NAMED:
            names.append(self.env._("… and %s more", self.archived - NAMED))
        self.env["newsletter.event"]._log(
            "archived",
            run=self,
            record=self.coupling_id.mailing_list_id or self.coupling_id,
            text=self.env._(
                "%(count)s people of “%(list)s” are archived in Odoo and are not "
                "synchronised. Restore them, or take them off the list.",
                count=self.archived,
                list=self.coupling_id.name,
            ),
            detail="\n".join(names),
        )

    def _is_news_archived(self):
        """Whether somebody waits for the report, or the number is another one."""
        if self.user_id.id != SUPERUSER_ID:
            return True
        before = self.search(
            [
                ("coupling_id", "=", self.coupling_id.id),
                ("id", "<", self.id),
                ("state", "=", "done"),
                ("kind", "!=", "review"),
            ],
            order="id desc",
            limit=1,
        )
        return before.archived != self.archived

    def action_open_archived(self):
        """Those of the list who are archived now."""
        self.ensure_one()
        return self.coupling_id.action_open_archived()
