"""An Odoo that can be called by a sandbox, and what calls look like."""

import json
from contextlib import contextmanager, nullcontext
from unittest.mock import patch

from odoo.tests import HttpCase

from odoo.addons.base.tests.test_ir_cron import CronMixinCase

from ..controllers import webhook as controller
from ..sync.rate_limit import Buckets
from .common_two_way import TwoWayCase

CALL_TOKEN = "k" * 64


class CalledCase(TwoWayCase, CronMixinCase, HttpCase):
    """An Odoo at an address that the sandbox may call."""

    def setUp(self):
        super().setUp()
        # whatever waits in this database for its scheduler is none of the test's
        self.env["ir.cron.trigger"].search([]).unlink()
        # the limits live as long as the process does
        for name in ("_CALLS", "_REFUSED"):
            known = getattr(controller, name)
            fresh = Buckets(known.capacity, known.per_second)
            self.startPatcher(patch.object(controller, name, fresh))

    def enter_registry_test_mode(self):
        return nullcontext()  # an HttpCase is in it from the beginning

    @contextmanager
    def _listening(self):
        """The sandbox gets through to Odoo, whatever this test does meanwhile."""
        self.env.flush_all()
        # a lock's cursor would keep the answering thread out; there is one worker
        runner = type(self.env["newsletter.runner"])
        alone = patch.object(runner, "_only_worker", lambda *args: nullcontext(True))
        with alone, self.allow_requests(all_requests=True):
            yield
        self.env.invalidate_all()

    def _care(self, connection=None):
        """What the scheduler does about the webhooks."""
        with self._listening():
            (connection or self.connection)._care_for_webhooks()

    def _work_off(self, run_id=None):
        """What the scheduler does: look at the calls, then carry out the runs.

        :param run_id: only this one
        """
        self.env.flush_all()
        self.env["newsletter.delivery"]._cron_work()
        runner = self.env["newsletter.runner"]
        for run in self.env["newsletter.run"].browse(run_id) or runner._due_runs():
            runner._work(run.id, 60)
        self.env.invalidate_all()


class WebhookCase(CalledCase):
    """A webhook for CleverReach's list that needs no registration."""

    def setUp(self):
        super().setUp()
        self.webhook = self.env["newsletter.webhook"].create(
            {
                "connection_id": self.connection.id,
                "remote_list_id": self.coupling.remote_list_id.id,
                "state": "active",
                "secrets": {"call_token": CALL_TOKEN},
            }
        )

    def _event(self, event="updated", person=1, list_id=""):
        """The body of a call of CleverReach."""
        list_id = list_id or self.remote_id
        payload = {"pool_id": str(person), "group_id": str(list_id)}
        body = {"condition": list_id, "event": f"receiver.{event}", "payload": payload}
        return json.dumps(body)

    def _call(self, body=None, token=CALL_TOKEN, path="", method="POST", **headers):
        """Make a call as the tool does; the answer."""
        headers.setdefault("Content-Type", "application/json")
        if token:
            headers["X-CR-Calltoken"] = token
        body = self._event() if body is None else body
        answer = self.url_open(
            path or self._path(),
            data=body if method == "POST" else None,
            headers=headers,
            method=method,
        )
        self.env.invalidate_all()
        return answer

    def _path(self, webhook=None):
        return f"/newsletter/webhook/{(webhook or self.webhook)._token()}"

    def _deliveries(self):
        return self.env["newsletter.delivery"].search([])
