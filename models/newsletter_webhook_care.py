"""Registers webhooks in the tools, renews and takes them back.

What should be there follows from the couplings (``_wanted_places``); care brings the
tool there step by step. It can be called at any time, as often as wanted, and a step
that failed is tried again later. Each step commits before it speaks to the tool: some
tools call the new address while they register it.
"""

from datetime import timedelta

from odoo import fields, models

from ..connectors.capabilities import Level
from ..connectors.contract import WebhookRegistration
from ..connectors.errors import ConnectorError, LoginRefused

#: how long a replaced address goes on listening
RETIRING = timedelta(days=1)
#: the same where a person has to enter the new one in the tool
RETIRING_BY_HAND = timedelta(days=14)
#: after so many tries a registration that nobody needs is left behind in the tool
MAX_TRIES = 8


class NewsletterConnection(models.Model):
    _inherit = "newsletter.connection"

    def _wanted_places(self):
        """The lists about which the tool shall report.

        :return: ``newsletter.remote.list`` records; an empty one in the list stands for
            the whole account
        """
        self.ensure_one()
        can = self._connector_class().capabilities
        lists = self.env["newsletter.remote.list"]
        if not (self.active and self.webhooks_wanted and can.webhooks):
            return []
        couplings = self.coupling_ids.filtered("active")
        if can.webhook_reach is Level.ACCOUNT:
            return [lists] if couplings else []
        return list(couplings.remote_list_id)

    def _care_for_webhooks(self, at_once=False):
        """Bring the webhooks of a connection to what its couplings need.

        :param at_once: also try again what failed and waits
        """
        self.ensure_one()
        runner, connection_id = self.env["newsletter.runner"], self.id
        # what is noted is read by whoever is responsible
        lang = self.user_id.lang or self.env.lang

        def own(runner):
            # sudo: webhooks are written by the engine only
            connections = runner.env["newsletter.connection"].sudo()
            return connections.with_context(lang=lang).browse(connection_id).exists()

        with runner._only_worker(connection_id, "newsletter.webhook") as alone:
            if not alone:
                return
            for webhook_id, step in runner._in_transaction(
                lambda new: own(new)._next_webhook_steps(at_once)
            ):
                take, keep = STEPS[step]
                self._speak_about_webhook(
                    lambda new, key=webhook_id: own(new).webhook_ids.browse(key),
                    take,
                    keep,
                )

    def _speak_about_webhook(self, webhook, take, keep):
        """One call to the tool, between two transactions.

        :param webhook: function that gives the record in a transaction
        :param take: gives the call to be made, or None
        :param keep: is given what the tool answered
        """
        runner = self.env["newsletter.runner"]
        call = runner._in_transaction(lambda new: take(webhook(new).exists()))
        if call is None:
            return
        try:
            answer = call()
        except ConnectorError as error:
            failure = error
            runner._in_transaction(lambda new: webhook(new).exists()._failed(failure))
            return
        runner._in_transaction(lambda new: keep(webhook(new).exists(), answer))

    def _next_webhook_steps(self, at_once=False):
        """Note what shall be there; the steps that need the tool.

        :return: [(id of a webhook, "register" or "unregister")]
        """
        now = fields.Datetime.now()
        webhooks = self.webhook_ids
        wanted = self._wanted_places()
        for webhook in webhooks.filtered(lambda w: w.state != "retiring"):
            if webhook.remote_list_id not in wanted:
                webhook._retire(now)
        for place in wanted:
            present = webhooks.filtered(
                lambda w, place=place: (
                    w.state != "retiring" and w.remote_list_id == place
                )
            )
            if not present or present[0]._is_outdated():
                webhooks |= webhooks.create(
                    {"connection_id": self.id, "remote_list_id": place.id}
                )
        steps = []
        for webhook in webhooks:
            later = webhook.next_try_at and webhook.next_try_at > now
            waits = later and not at_once
            if webhook.state in ("preparing", "failed") and not waits:
                steps.append((webhook.id, "register"))
            if webhook.state == "retiring" and webhook.valid_until <= now and not waits:
                steps.append((webhook.id, "unregister"))
        return steps


class NewsletterWebhook(models.Model):
    _inherit = "newsletter.webhook"

    registered_at = fields.Datetime(readonly=True)
    base_url = fields.Char(readonly=True)
    valid_until = fields.Datetime(readonly=True)
    message = fields.Char(string="Problem", readonly=True)
    tries = fields.Integer(readonly=True)
    next_try_at = fields.Datetime(readonly=True)

    def _is_outdated(self):
        """Whether the tool calls an address that is not ours any more."""
        self.ensure_one()
        if self.state != "active":
            return False
        moved = self.base_url != self.connection_id._webhook_base_url()
        return moved or self.digest != self._fingerprint(self._token())

    def _retire(self, until):
        """Still listen, but only until then."""
        self.write(
            {
                "state": "retiring",
                "valid_until": until,
                "tries": 0,
                "next_try_at": False,
            }
        )

    # --- registering ---------------------------------------------------------------
    def _take_register(self):
        """The call that registers, or None if there is nothing to call.

        Each try has an address of its own: of one that failed nobody knows whether the
        tool has it, and some tools take an address only once.
        """
        if not self or self.state not in ("preparing", "failed"):
            return None
        connection = self.connection_id
        if connection.state != "connected":
            return None
        values = self.default_get(["seed", "verify"])
        if not connection._connector_class().capabilities.register_webhooks:
            token = self.default_get(["verify"])["verify"]
            self.write(values)
            self._listen({"token": token}, [])
            return None
        base = connection._webhook_base_url()
        if problem := connection._webhook_base_problem(base):
            self.write({"state": "failed", "message": problem, "next_try_at": False})
            return None
        self.write({**values, "state": "preparing"})
        connector = connection._connector()
        url, list_id = self._public_url(), self.remote_list_id.remote_id or ""
        verify = self.verify
        return lambda: connector.register_webhooks(url, list_id, verify)

    def _keep_register(self, made):
        """The tool calls the new address from now on; older ones may go.

        :param made: ``WebhookRegistration`` records of the tool
        """
        if not self:
            return
        known = {}
        for registration in made:
            known.update(registration.secrets)
        self._listen(known, [[each.remote_id, each.event] for each in made])

    def _listen(self, secrets, registrations):
        connection = self.connection_id
        by_hand = not connection._connector_class().capabilities.register_webhooks
        now = fields.Datetime.now()
        self.write(
            {
                "state": "active",
                "secrets": secrets,
                "registrations": registrations,
                "registered_at": now,
                "base_url": connection._webhook_base_url(),
                "message": False,
                "tries": 0,
                "next_try_at": False,
            }
        )
        older = connection.webhook_ids.filtered(
            lambda w: (
                w != self
                and w.remote_list_id == self.remote_list_id
                and w.state != "retiring"
            )
        )
        older._retire(now + (RETIRING_BY_HAND if by_hand else RETIRING))
        self.env["newsletter.event"]._log(
            "webhook_registered",
            connection=connection,
            text=self.env._("The tool reports changes of “%s” at once.", self.name),
        )

    def _failed(self, error):
        """Try again later, each time waiting longer; tell it once."""
        if not self:
            return
        connection = self.connection_id
        if isinstance(error, LoginRefused):
            connection._note_failure(error)
        message = connection._explain(error)
        wait = timedelta(minutes=min(5 * 2**self.tries, 24 * 60))
        if not self.tries:
            self.env["newsletter.event"]._log(
                "webhook_failed",
                level="warning",
                connection=connection,
                text=f"{self.name}: {message}",
            )
        if self.state == "retiring" and self.tries + 1 >= MAX_TRIES:
            self.unlink()
            return
        self.write(
            {
                "state": "retiring" if self.state == "retiring" else "failed",
                "message": message,
                "tries": self.tries + 1,
                "next_try_at": fields.Datetime.now() + wait,
            }
        )

    # --- taking back -----------------------------------------------------------------
    def _take_unregister(self):
        """The call that takes a registration back, or None where there is none.

        A registration that a newer address has taken over stays.
        """
        if not self or self.state != "retiring":
            return None
        connection = self.connection_id
        others = connection.webhook_ids - self
        taken_over = {tuple(r) for w in others for r in w.registrations or []}
        ours = [tuple(r) for r in self.registrations or []]
        left = [WebhookRegistration(*r) for r in ours if r not in taken_over]
        if not left:
            self.unlink()
            return None
        if connection.state not in ("connected", "paused"):
            return None
        connector = connection._connector()
        list_id = self.remote_list_id.remote_id or ""
        return lambda: connector.unregister_webhooks(left, list_id)

    def _keep_unregister(self, _answer):
        self.unlink()


#: what takes and what keeps, by the name of a step
STEPS = {
    "register": (NewsletterWebhook._take_register, NewsletterWebhook._keep_register),
    "unregister": (
        NewsletterWebhook._take_unregister,
        NewsletterWebhook._keep_unregister,
    ),
}
