"""A run that decides about many members: with progress, report and reasons."""

from collections import defaultdict

from odoo import api, fields, models
from odoo.tools import SQL

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
    def _queue_review(self, coupling, people, answer):
        """Answer for many members of a coupling, in the background.

        The run and its people are made in this transaction: it is about those who were
        shown, whatever is found until it is their turn.

        :param people: SQL of rows (member_id, difference), see ``_line_up``
        :return: the run; none if nobody of the coupling is left
        """
        # sudo: runs are made by code only; its rights are checked at each slice
        run = self.sudo().create(self._review_values(coupling, "review", answer))
        run._check_may_run()
        total = run._line_up(people)
        if not total:
            run.unlink()
            return self.browse()
        run.write({"selected": total, "total": total})
        self.env["newsletter.runner"]._wake()
        return self.browse(run.id)

    @api.model
    def _queue_joining(self, coupling, domain, after=0):
        """Give many members who were just put on the list the task of a new one.

        The run is made in this transaction, so that nobody is put on the list without
        it; the scheduler takes it up once both are committed.

        :param domain: which ones, besides the coupling
        :param after: all of them have a higher id
        """
        answer = {"kind": "task", "task": coupling._joining_task(), "joining": True}
        total = self.env["newsletter.member"].search_count(
            [("coupling_id", "=", coupling.id), *domain]
        )
        # sudo: runs are made by code only; whoever may add people may have this done
        run = self.sudo().create(
            {
                **self._review_values(coupling, "collect", answer),
                "selection_domain": domain,
                "selected": total,
                "total": total,
            }
        )
        run.cursor = {**run.cursor, "collected": after}
        self.env["newsletter.runner"]._wake()
        return run

    @api.model
    def _review_values(self, coupling, phase, answer):
        return {
            "kind": "review",
            "phase": phase,
            "state": "queued",
            "coupling_id": coupling.id,
            "connection_id": coupling.connection_id.id,
            "remote_list_id": coupling.remote_list_id.id,
            "user_id": self.env.uid,
            "cursor": {"answer": answer},
        }

    def _line_up(self, people):
        """A waiting line for everybody; set-wise, they may be a million.

        :param people: SQL of rows (member_id, difference): members, of other couplings
            as well, and the digest of what differed when somebody looked
        :return: how many
        """
        self.ensure_one()
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO newsletter_run_line (
                    run_id, company_id, res_model, res_id, member_id,
                    name, email, raw_email, result, shown, remote_id, remote_status,
                    partner_id, contact_id, lead_id, create_date, write_date)
                SELECT %(run)s, %(company)s, 'newsletter.member', member.id, member.id,
                       member.name, member.email, member.email, 'waiting',
                       person.difference, member.remote_id, member.remote_status,
                       member.partner_id, member.contact_id, member.lead_id,
                       %(now)s, %(now)s
                  FROM (%(people)s) person
                  JOIN newsletter_member member ON member.id = person.member_id
                   AND member.coupling_id = %(coupling)s
                 ORDER BY member.id
                """,
                run=self.id,
                company=self.company_id.id,
                coupling=self.coupling_id.id,
                people=people,
                now=fields.Datetime.now(),
            )
        )
        total = self.env.cr.rowcount
        self.env["newsletter.run.line"].invalidate_model()
        return total

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


class NewsletterReview(models.AbstractModel):
    _inherit = "newsletter.review"

    @api.model
    def _keep_before(self, run, cases):
        """What the run can be undone by, as a comparison keeps it."""
        self.env["newsletter.before.image"]._keep(run, cases)
        added = defaultdict(self.env["newsletter.member"].browse)
        for case in cases:
            change = case.resolution.local
            if change.add or change.create:
                added[change.create or "list"] |= case.member
        for how, members in added.items():
            members.write({"added_run": run.id, "added": how})


class NewsletterRunLine(models.Model):
    _inherit = "newsletter.run.line"

    # digest of the difference that whoever decided has seen
    shown = fields.Char(readonly=True)
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
            ("changed_since", "Something else differs by now"),
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
