"""A coupling whose members have tasks, and hands on every moment of a transmission."""

from datetime import timedelta
from unittest.mock import patch

from odoo import fields

from ..models.newsletter_conversation import Conversation
from .common_two_way import TwoWayCase

_SLEEP = "odoo.addons.newsletter_sync.connectors.transport.time.sleep"


class TransmitCase(TwoWayCase):
    def setUp(self):
        super().setUp()
        self.startPatcher(patch(_SLEEP, lambda seconds: None))
        mappings = self.connection.mapping_ids
        connector = self.connection._connector()
        self.first, self.last = (
            mappings.filtered(lambda each, path=path: each.path == path)
            for path in ("newsletter_firstname", "newsletter_lastname")
        )
        for mapping in self.first + self.last:
            field = connector.create_field(mapping.label, "text")
            mapping.remote_name = field.name
        # what a run knows of another one must not depend on the order of the tests
        self.connector_class = type(connector)

    # --- people with tasks --------------------------------------------------------
    def _newcomer(self, email, consent="confirmed", **values):
        """Somebody of the mailing list whom the tool does not have, with the task."""
        contact = self._contact(email.split("@")[0], email)
        if consent:
            self._consent(email, consent)
        names = {str(self.first.id): "Neu", str(self.last.id): email.split("@")[0]}
        return self._member(
            email,
            **{
                "contact_id": contact.id,
                "remote_status": False,
                "base_status": False,
                "result": "not_in_tool",
                "task": "transmit",
                "task_rule": "will_join",
                "task_sends": names,
                "local_values": names,
                **values,
            },
        )

    def _known(self, email, task=False, **values):
        """Somebody on both sides, with a task about them."""
        contact = self._contact(email.split("@")[0], email)
        self._at_tool(email)
        found = self._at_tool()[email]
        return self._member(
            email,
            **{
                "contact_id": contact.id,
                "remote_id": str(found.id),
                "task": task,
                **values,
            },
        )

    def _update(self, email, value="Anne", **values):
        """Somebody whose first name changed in Odoo."""
        key = str(self.first.id)
        return self._known(
            email,
            "update",
            task_sends={key: value},
            local_values={key: value},
            base_values={key: "Anna"},
            **values,
        )

    # --- the run ------------------------------------------------------------------
    def _dry_run(self, **values):
        """A run up to the preview; what is made by hand here is no news to it."""
        self._changes()
        run_id = self.coupling._start_run("transmit", **values)
        self._go_on(run_id)
        return self.env["newsletter.run"].browse(run_id)

    def _go_on(self, run, seconds=60):
        """What the scheduler does, when the waiting time is over."""
        run_id = getattr(run, "id", run)
        self.env["newsletter.run"].browse(run_id).sudo().next_try_at = False
        self.env.flush_all()
        self.env["newsletter.runner"]._work(run_id, seconds)
        self.env.invalidate_all()

    def _send(self, run):
        """The approval and everything after it."""
        self._approve(run)
        self.assertEqual(run.state, "done", run.message)
        return run

    def _take(self, run):
        """The first half of a slice, as a process that is killed after it."""
        run_id = run.id
        runner = self.env["newsletter.runner"]
        self.env.flush_all()
        step, work = runner._in_transaction(
            lambda own: own._take(run_id, Conversation())
        )
        self.env.invalidate_all()
        return step, work

    def _approved(self, run):
        """The approval alone, as the button gives it for many people."""
        run_id = run.id
        self.env.flush_all()
        self.env["newsletter.runner"]._in_transaction(
            lambda own: own._browse_run(run_id)._approve()
        )
        self.env.invalidate_all()

    def _writes(self):
        """Requests by which the tool was told something about people."""
        return self.sandbox.requests.all(path="receivers/(upsert|update)")

    def _flights(self):
        return self.env["newsletter.flight"].search([])

    def _later(self, **delta):
        return fields.Datetime.now() + timedelta(**delta)
