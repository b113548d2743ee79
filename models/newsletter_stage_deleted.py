"""A run that is deleted leaves nothing behind of what it has read.

Whatever is deleted together with it (a connection, a list of the tool) would be deleted
by the database, which knows nothing of a run's own table: a whole list of addresses
would stay until the cleaning of the next night. And the database takes the run before
the connection from an event, or after: an order that differs from one to the other, and
of which one fails for events of the same transaction. So the runs go first.
"""

from odoo import api, models


class NewsletterRun(models.Model):
    _inherit = "newsletter.run"

    @api.ondelete(at_uninstall=False)
    def _unlink_stages(self):
        self._clear_stage()

    def _delete_with(self, name, records):
        """Delete the runs that go with these records.

        :param name: the field that leads to the records
        """
        # sudo: whoever may delete the record deletes its runs, seen or not
        self.sudo().search([(name, "in", records.ids)]).unlink()


class NewsletterConnection(models.Model):
    _inherit = "newsletter.connection"

    @api.ondelete(at_uninstall=False)
    def _unlink_runs(self):
        self.env["newsletter.run"]._delete_with("connection_id", self)


class NewsletterRemoteList(models.Model):
    _inherit = "newsletter.remote.list"

    @api.ondelete(at_uninstall=False)
    def _unlink_runs(self):
        self.env["newsletter.run"]._delete_with("remote_list_id", self)
