"""The three steps of a coupling: fetch, review, transmit."""

from odoo import fields, models
from odoo.exceptions import UserError

from .newsletter_runner import FOREGROUND_SECONDS

#: results that are counted; nobody counts those who agree
COUNTED = ("conflict", "not_in_tool", "new_in_list", "new_contact", "blocked")
#: longer lists are not waited for in front of the screen: after a glance, which shows a
#: refused login, the scheduler goes on and the clerk sees the bar
FOREGROUND_LIST, GLANCE_SECONDS = 5_000, 3


class NewsletterCoupling(models.Model):
    _inherit = "newsletter.coupling"

    conflict_count = fields.Integer(compute="_compute_counts", string="Open Conflicts")
    missing_count = fields.Integer(compute="_compute_counts", string="Not in the Tool")
    new_count = fields.Integer(compute="_compute_counts", string="New People")
    blocked_count = fields.Integer(compute="_compute_counts", string="Blocked")
    task_count = fields.Integer(compute="_compute_counts", string="To Transmit")

    def _compute_counts(self):
        members = self.env["newsletter.member"]
        results = {
            (coupling, result): count
            for coupling, result, count in members._read_group(
                # an index knows the few who do not agree
                [("coupling_id", "in", self.ids), ("result", "in", COUNTED)],
                ["coupling_id", "result"],
                ["__count"],
            )
        }
        tasks = dict(
            members._read_group(
                [("coupling_id", "in", self.ids), ("task", "!=", False)],
                ["coupling_id"],
                ["__count"],
            )
        )
        for coupling in self:
            coupling.conflict_count = results.get((coupling, "conflict"), 0)
            coupling.missing_count = results.get((coupling, "not_in_tool"), 0)
            coupling.blocked_count = results.get((coupling, "blocked"), 0)
            coupling.new_count = results.get((coupling, "new_in_list"), 0)
            coupling.new_count += results.get((coupling, "new_contact"), 0)
            coupling.task_count = tasks.get(coupling, 0)

    def action_fetch(self):
        """Step 1: read the tool's list and compare; what changed, where it can tell."""
        return self._run_now("fetch")

    def action_fetch_whole(self):
        """Read the whole list of the tool again."""
        return self._run_now("fetch", whole=True)

    def action_review(self):
        """Step 2: the members about whom somebody has to decide."""
        self.ensure_one()
        action = self.action_open_members()
        results = ("conflict", "not_in_tool", "new_contact", "new_in_list", "blocked")
        action["domain"] = [
            ("coupling_id", "=", self.id),
            ("result", "in", results),
        ]
        action["name"] = self.env._("Review: %s", self.display_name)
        action["context"] = {"group_by": "result"}
        return action

    def action_transmit(self):
        """Step 3: the dry run; nothing leaves before somebody has approved it."""
        return self._run_now("transmit")

    def _prepare_first_transmission(self):
        """Fetch, then show the dry run of all who may join; nothing is sent yet."""
        self.ensure_one()
        action = self._run_now("fetch")
        run = self.env["newsletter.run"].browse(action["res_id"])
        # the fetch was worked in transactions that this one does not see
        done = self.env["newsletter.runner"]._in_transaction(
            lambda runner: runner._browse_run(run.id).state == "done"
        )
        return self._run_now("transmit") if done else action

    def _run_now(self, kind, **values):
        self.ensure_one()
        if not self.mailing_list_id and kind == "fetch":
            raise UserError(
                self.env._("Choose a mailing list in Odoo for this coupling first.")
            )
        run_id = self._start_run(kind, **values)
        seconds = GLANCE_SECONDS if self._is_long() else FOREGROUND_SECONDS
        self.env["newsletter.runner"]._work_and_leave(run_id, seconds)
        return self.env["newsletter.run"].browse(run_id)._open_report()

    def _is_long(self):
        """Whether a run about this list is rather watched than waited for."""
        here = self.env["mailing.subscription"].search_count(
            [("list_id", "=", self.mailing_list_id.id)], limit=FOREGROUND_LIST + 1
        )
        return max(here, self.remote_list_id.recipients) > FOREGROUND_LIST


class NewsletterRun(models.Model):
    _inherit = "newsletter.run"

    def _compared(self):
        """The comparison is complete; what may be done by itself is begun."""
        coupling = self.coupling_id
        members = self.env["newsletter.member"]
        members.flush_model()
        coupling.invalidate_recordset()
        self.write(
            {
                "state": "done",
                "done": self.total,
                "finished_at": fields.Datetime.now(),
                "message": self.env._(
                    "People who differ: %(total)s. Open conflicts: %(conflicts)s. Not "
                    "in the tool: %(missing)s. To transmit: %(tasks)s.",
                    total=self.total,
                    conflicts=coupling.conflict_count,
                    missing=coupling.missing_count,
                    tasks=coupling.task_count,
                ),
            }
        )
        self.env["newsletter.event"]._log("run_done", run=self, text=self.message)
        coupling._transmit_by_itself(self.user_id)
