"""Set the newsletter tag in the tools for contacts that signed up in the shop (K08).

The tool is called by a run, never while a mail is received: a step waits until the
run has written the tag and says so.
"""

from odoo import SUPERUSER_ID, fields, models


class NewsletterCaseStep(models.Model):
    _inherit = "newsletter.case.step"

    waiting_ids = fields.Many2many(
        "newsletter.connection",
        string="Waits for",
        readonly=True,
        help="Accounts that have not answered yet.",
    )

    def _do_tag(self):
        """Where the tool knows the person; nobody is brought into a list by a tag."""
        email = self._address()
        connections = self._tag_members(email).connection_id
        if not connections:
            return {
                "result": self.env._(
                    "In no newsletter tool that has tags; set when the person is there."
                )
            }
        connections._start_tagging()
        return {
            "state": "waiting",
            "waiting_ids": [fields.Command.set(connections.ids)],
            "result": self.env._(
                "Waits for: %s", ", ".join(connections.mapped("name"))
            ),
        }

    def _tag_members(self, email):
        """Members whom a tool with tags holds."""
        # sudo: a clerk need not see every account of the company
        members = (
            self.env["newsletter.member"]
            .sudo()
            .search(
                [
                    ("email", "=", email),
                    ("company_id", "=", self.company_id.id),
                    ("remote_id", "!=", False),
                    ("connection_id.state", "=", "connected"),
                ]
            )
        )
        return members.filtered(
            lambda member: member.connection_id._connector_class().capabilities.tags
        )

    def _tagged(self, connection, message):
        """One account has answered; the step is done when all have."""
        self.waiting_ids -= connection
        self.write(
            {
                "state": "waiting" if self.waiting_ids else "done",
                "result": message or self.env._("Tag set."),
            }
        )


class NewsletterConnection(models.Model):
    _inherit = "newsletter.connection"

    def _start_tagging(self):
        """One run for each account, taken up after this transaction."""
        # sudo: runs are made by code only
        runs = self.env["newsletter.run"].sudo()
        waiting = runs.search(
            [
                ("connection_id", "in", self.ids),
                ("kind", "=", "tag"),
                ("state", "=", "queued"),
            ]
        ).connection_id
        runs.create(
            [
                {
                    "kind": "tag",
                    "phase": "tag",
                    "state": "queued",
                    "by_itself": True,
                    "connection_id": connection.id,
                    "user_id": SUPERUSER_ID,
                }
                for connection in self - waiting
            ]
        )
        self.env["newsletter.runner"]._wake()


class NewsletterRun(models.Model):
    _inherit = "newsletter.run"

    kind = fields.Selection(
        selection_add=[("tag", "Newsletter tag")], ondelete={"tag": "cascade"}
    )
    phase = fields.Selection(selection_add=[("tag", "Setting the tag")])
