"""Two levels: a status on one list is not the status in the account above it (E14)."""

from odoo import api, fields, models

from ..connectors.capabilities import Level


class NewsletterRemoteList(models.Model):
    _inherit = "newsletter.remote.list"

    parent_id = fields.Many2one(
        "newsletter.remote.list",
        string="Lies in",
        readonly=True,
        ondelete="set null",
        check_company=True,
        help="Such as the audience of a tag.",
    )

    @api.model
    def _store_lists(self, connection, lists):
        """Remember which list lies in which."""
        stored = super()._store_lists(connection, lists)
        by_remote_id = {record.remote_id: record for record in stored}
        for remote in lists:
            record = by_remote_id.get(remote.remote_id)
            parent = by_remote_id.get(remote.parent)
            if record and (record.parent_id or parent) and record.parent_id != parent:
                # sudo: the mirror may be refreshed by everybody who may choose a list
                record.sudo().parent_id = parent
        return stored

    @api.depends("parent_id.name")
    def _compute_display_name(self):
        """Tags of several audiences may have one name."""
        result = super()._compute_display_name()
        for record in self.filtered("parent_id"):
            record.display_name = f"{record.parent_id.name} / {record.display_name}"
        return result


class NewsletterConnection(models.Model):
    _inherit = "newsletter.connection"

    levels_explained = fields.Char(compute="_compute_levels_explained")

    @api.depends("provider")
    def _compute_levels_explained(self):
        for connection in self:
            connection.levels_explained = (
                connection.provider and connection._explain_levels()
            )

    def _explain_levels(self):
        """How far leaving one list reaches here, in a clerk's words."""
        can = self._connector_class().capabilities
        if can.unsubscribe is Level.ACCOUNT:
            return self.env._(
                "The status belongs to the whole account: who leaves one list has left "
                "all lists of this account."
            )
        return self.env._(
            "Each list has a status of its own: who leaves one list stays on the "
            "others. Above them stands the account, whose blocklist stops mails of "
            "every list."
        )


class NewsletterMember(models.Model):
    _inherit = "newsletter.member"

    account_status = fields.Char(
        string="In the Whole Account", compute="_compute_account_status"
    )

    def _compute_account_status(self):
        """What is known of the address on all coupled lists of the account."""
        counts = {}
        groups = self._read_group(
            [
                ("connection_id", "in", self.connection_id.ids),
                ("email", "in", self.mapped("email")),
                ("remote_status", "!=", False),
            ],
            ["connection_id", "email", "remote_status"],
            ["__count"],
        )
        for connection, email, status, count in groups:
            counts.setdefault((connection, email), {})[status] = count
        labels = dict(self._fields["remote_status"]._description_selection(self.env))
        for member in self:
            found = counts.get((member.connection_id, member.email), {})
            member.account_status = ", ".join(
                f"{labels[status]}: {count}" for status, count in found.items()
            )
