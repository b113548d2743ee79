"""The opt-in processes of a tool, for tools where each coupling has one of its own."""

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..connectors.errors import ConnectorError


class NewsletterOptInProcess(models.Model):
    """A mirror, as lists are: read live before somebody chooses."""

    _name = "newsletter.opt.in.process"
    _description = "Opt-in Process of the Newsletter Tool"
    _order = "connection_id, name, id"
    _check_company_auto = True

    connection_id = fields.Many2one(
        "newsletter.connection",
        required=True,
        ondelete="cascade",
        index=True,
        check_company=True,
    )
    company_id = fields.Many2one(related="connection_id.company_id", store=True)
    name = fields.Char(required=True)
    remote_id = fields.Char(string="ID in the Tool", required=True)
    opt_in = fields.Char(string="Opt-in", help="single or double, as the tool says")
    active = fields.Boolean(
        default=True, help="Archived: it was not in the tool when it was read last."
    )

    _once = models.UniqueIndex(
        "(connection_id, remote_id)", "This process is known already."
    )

    @api.model
    def _store(self, connection, processes):
        """Mirror what the tool listed; what is gone is archived, not deleted."""
        # sudo: the mirror may be refreshed by everybody who may choose
        mirror = self.sudo().with_context(active_test=False)
        known = {
            record.remote_id: record
            for record in mirror.search([("connection_id", "=", connection.id)])
        }
        for process in processes:
            values = {
                "name": process.name or process.remote_id,
                "opt_in": process.opt_in,
                "active": True,
            }
            record = known.pop(process.remote_id, None)
            if record:
                record.write(values)
            else:
                mirror.create(
                    {
                        **values,
                        "connection_id": connection.id,
                        "remote_id": process.remote_id,
                    }
                )
        mirror.union(*known.values()).active = False


class NewsletterConnection(models.Model):
    _inherit = "newsletter.connection"

    has_opt_in_processes = fields.Boolean(compute="_compute_has_opt_in_processes")

    @api.depends("provider")
    def _compute_has_opt_in_processes(self):
        for connection in self:
            connection.has_opt_in_processes = bool(
                connection.provider
                and connection._connector_class().capabilities.opt_in_process
            )

    def _refresh_opt_in_processes(self):
        """Read them live, where the tool has some.

        :raises ConnectorError: the caller tells it in its own place
        """
        self.ensure_one()
        if self.has_opt_in_processes:
            found = self._connector().opt_in_processes()
            self.env["newsletter.opt.in.process"]._store(self, found)


class NewsletterCoupling(models.Model):
    _inherit = "newsletter.coupling"

    opt_in_process_id = fields.Many2one(
        "newsletter.opt.in.process",
        string="Opt-in Process",
        domain="[('connection_id', '=', connection_id)]",
        ondelete="restrict",
        check_company=True,
        help="By which the tool asks, or greets, somebody who is new there.",
    )
    opt_in_process = fields.Char(
        related="opt_in_process_id.remote_id", string="ID of the Process"
    )
    has_opt_in_processes = fields.Boolean(related="connection_id.has_opt_in_processes")

    def action_read_processes(self):
        """Read the tool's processes again, to choose one that was made just now."""
        self.ensure_one()
        self.check_access("write")
        connection = self.connection_id
        try:
            connection._refresh_opt_in_processes()
        except ConnectorError as error:
            raise UserError(connection._explain(error)) from error
        return connection._notify(
            self.env._("The processes of the tool were read."), "success"
        )
