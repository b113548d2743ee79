"""A run that decides about many members: with progress, report and reasons."""

from odoo import api, fields, models

from .newsletter_review_texts import REFUSALS


class NewsletterRun(models.Model):
    _inherit = "newsletter.run"

    kind = fields.Selection(
        selection_add=[("review", "Decisions")], ondelete={"review": "cascade"}
    )
    phase = fields.Selection(
        selection_add=[("review", "Carrying out the decisions")],
        ondelete={"review": "set null"},
    )

    @api.model
    def _start_review(self, coupling, domain, answer):
        """Begin to answer for many members of a coupling.

        :param domain: which ones, besides the coupling
        :return: the id of the run; it goes on in the background
        """
        return self.env["newsletter.runner"]._start(
            self._review_values(coupling, domain, answer)
        )

    @api.model
    def _queue_joining(self, coupling, domain, after=0):
        """Give many members who were just put on the list the task of a new one.

        The run is made in this transaction, so that nobody is put on the list without
        it; the scheduler takes it up once both are committed.

        :param domain: which ones, besides the coupling
        :param after: all of them have a higher id
        """
        answer = {"kind": "task", "task": coupling.join, "joining": True}
        # sudo: runs are made by code only; whoever may add people may have this done
        run = self.sudo().create(self._review_values(coupling, domain, answer))
        run.cursor = {**run.cursor, "after": after}
        self.env["newsletter.runner"]._wake()
        return run

    @api.model
    def _review_values(self, coupling, domain, answer):
        total = self.env["newsletter.member"].search_count(
            [("coupling_id", "=", coupling.id), *domain]
        )
        return {
            "kind": "review",
            "phase": "review",
            "state": "queued",
            "coupling_id": coupling.id,
            "connection_id": coupling.connection_id.id,
            "remote_list_id": coupling.remote_list_id.id,
            "user_id": self.env.uid,
            "selection_domain": domain,
            "cursor": {"answer": answer},
            "selected": total,
            "total": total,
        }

    def _needs_tool(self):
        """Decisions are written down here, the tool is told later."""
        return super()._needs_tool() and self.kind != "review"

    def _decided(self):
        """The report of a review is complete."""
        self.ensure_one()
        rules = (self.cursor or {})["answer"].get("always") or {}
        if rules:
            self.env(su=False)["newsletter.field.rule"]._say(
                self.coupling_id.with_env(self.env(su=False)),
                {int(key): rule for key, rule in rules.items()},
            )
        numbers = self._result_numbers()
        self.write(
            {
                "state": "done",
                "done": self.total,
                "finished_at": fields.Datetime.now(),
                "message": self.env._(
                    "%(decided)s decided, %(skipped)s not possible.",
                    decided=self.env["newsletter.run.line"].search_count(
                        [("run_id", "=", self.id), ("result", "=", "decided")]
                    ),
                    skipped=numbers["skipped"],
                ),
            }
        )
        self.env["newsletter.event"]._log("run_done", run=self, text=self.message)
        self.coupling_id._transmit_by_itself(self.user_id)


class NewsletterRunLine(models.Model):
    _inherit = "newsletter.run.line"

    result = fields.Selection(selection_add=[("decided", "Decided")])
    reason = fields.Selection(
        selection_add=[
            ("nothing_to_decide", "Nothing to decide"),
            ("one_way", "The direction forbids it"),
            ("must_not_be_mailed", "Must not be mailed"),
            ("no_consent", "No confirmed consent"),
            ("no_own_value", "Cannot be answered in that way"),
            ("own_value_invalid", "The value does not fit"),
            ("others_open", "Other differences are still open"),
            ("needs_reason", "A reason is missing"),
            ("not_offered", "The task makes no sense here"),
            ("in_flight", "Is being transmitted"),
            ("no_right", "No right to change the contact"),
            ("overruled", "Has left or must not be mailed"),
        ]
    )

    @api.model
    def _number_order(self, planned):
        order = super()._number_order(planned)
        return [
            ("decided", ""),
            *order,
            *(("skipped", code) for code in REFUSALS),
        ]

    @api.model
    def _number_level(self, key):
        return "success" if key == ("decided", "") else super()._number_level(key)
