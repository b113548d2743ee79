"""A mailing list coupled to a list of the sandbox, and people on both sides."""

from datetime import datetime

from odoo import fields

from .common import SandboxCase


class TwoWayCase(SandboxCase):
    def setUp(self):
        super().setUp()
        self.mailing_list = self.env["mailing.list"].create({"name": "Club news"})
        self.coupling = self._couple()

    def _couple(self, connection=None, mailing_list=None, remote_id="", **values):
        """A coupling both ways, as the wizard makes it."""
        connection = connection or self.connection
        remote_id = remote_id or self.remote_id
        lists = self.env["newsletter.remote.list"]
        # the connection's test has read those that were there already
        remote_list = lists.search(
            [("connection_id", "=", connection.id), ("remote_id", "=", remote_id)]
        ) or lists.create(
            {
                "connection_id": connection.id,
                "remote_id": remote_id,
                "name": "Club news",
            }
        )
        return self.env["newsletter.coupling"].create(
            {
                "remote_list_id": remote_list.id,
                "mailing_list_id": (mailing_list or self.mailing_list).id,
                "direction": "both",
                **values,
            }
        )

    def _contact(self, name, email, mailing_list=None, opt_out_at=None, **values):
        """A mailing contact, subscribed to a list or opted out of it."""
        contact = self.env["mailing.contact"].create(
            {"name": name, "email": email, **values}
        )
        self.env["mailing.subscription"].create(
            {
                "contact_id": contact.id,
                "list_id": (mailing_list or self.mailing_list).id,
                "opt_out": bool(opt_out_at),
                "opt_out_datetime": opt_out_at or False,
            }
        )
        return contact

    def _member(self, email, coupling=None, **values):
        """What both sides agreed on for an address."""
        return self.env["newsletter.member"].create(
            {
                "coupling_id": (coupling or self.coupling).id,
                "email": email,
                "local_status": "subscribed",
                "remote_status": "subscribed",
                "base_status": "subscribed",
                "result": "success",
                **values,
            }
        )

    def _go(self, kind, coupling=None, **values):
        coupling = coupling or self.coupling
        self.env.flush_all()
        run_id = coupling._start_run(kind, **values)
        self.env["newsletter.runner"]._work(run_id, 60)
        self.env.invalidate_all()
        return self.env["newsletter.run"].browse(run_id)

    def _transmit(self):
        """Transmit what waits, approved as a person does it."""
        run = self._go("transmit")
        if run.state == "preview":
            run.action_synchronise()
            self.env.invalidate_all()
        self.assertEqual(run.state, "done", run.message)
        return run

    def _of(self, email):
        return self.env["newsletter.member"].search(
            [("coupling_id", "=", self.coupling.id), ("email", "=", email)]
        )

    def _changes(self):
        """What is in the outbox: {(coupling, model, id)}; it is emptied."""
        self.env.flush_all()
        changes = self.env["newsletter.change"].search([])
        found = {(c.coupling_id, c.res_model, c.res_id) for c in changes}
        changes.unlink()
        return found

    def _subscription(self, contact, mailing_list=None):
        return self.env["mailing.subscription"].search(
            [
                ("contact_id", "=", contact.id),
                ("list_id", "=", (mailing_list or self.mailing_list).id),
            ]
        )

    @staticmethod
    def _at(text):
        """Naive UTC time of a text such as "2020-02-05"."""
        return fields.Datetime.to_datetime(text) or datetime.min
