"""The safety brake of a run: what it would do, counted before anything is done."""

from odoo import fields, models
from odoo.tools import SQL

from ..sync.brake import Brake, Counts, brake, unseen


class NewsletterCoupling(models.Model):
    _inherit = "newsletter.coupling"

    # how many there were on each side after the last comparison of the whole list
    tool_count = fields.Integer(readonly=True, copy=False)
    odoo_count = fields.Integer(readonly=True, copy=False)

    def _count_people(self, tool_count):
        """Remember how many there are, for the brake of the runs to come."""
        self.ensure_one()
        odoo_count = self.env["mailing.subscription"].search_count(
            [("list_id", "=", self.mailing_list_id.id), ("opt_out", "=", False)]
        )
        self.write({"tool_count": tool_count, "odoo_count": odoo_count})


class NewsletterRun(models.Model):
    _inherit = "newsletter.run"

    braked = fields.Boolean(
        readonly=True, help="The safety brake stopped this run; resuming overrules it."
    )
    # {reason: number of people} that the brake has told of, and what of it somebody has
    # overruled: the next comparison stops only before more than that
    brake_reasons = fields.Json(readonly=True)
    brake_overruled = fields.Json(readonly=True)

    def _stop_if_unusual(self):
        """Stop before far more than usual happens; resuming the run overrules it.

        What was overruled counts once: nobody has seen what is found later.
        """
        self.ensure_one()
        stops = self._reasons_to_stop()
        stopped = bool(unseen(stops, self.brake_overruled or {}))
        self.write({"braked": stopped, "brake_overruled": False})
        if not stopped:
            return
        if self._replace_braked():
            stops = self._reasons_to_stop()
        self.brake_reasons = {stop.why.value: stop.count for stop in stops}
        reasons = [
            self._why_stopped(stop.why, stop.count, stop.total) for stop in stops
        ]
        note = self.env._(
            "Safety brake: %s. Nothing was changed. Look at both lists; if this is "
            "right, resume the run.",
            "; ".join(reasons),
        )
        self.env["newsletter.runner"]._stop(self.id, note)
        self._ask_responsible(note)

    def _reasons_to_stop(self):
        return brake(self._counts_of_plan(), self.coupling_id.brake_percent)

    def _replace_braked(self):
        """One incident is one question: the run that the brake stopped before ends.

        What waited in it is taken over, or the next run would find it in the outbox,
        and stop, and so on; and whom the tool had named to it would be forgotten. Who
        has read only what changed lately knows nothing of a whole list.

        :return: whether there was such a run
        """
        older = self.search(
            [
                ("coupling_id", "=", self.coupling_id.id),
                ("kind", "=", self.kind),
                ("state", "=", "stopped"),
                ("braked", "=", True),
                ("id", "!=", self.id),
            ]
        )
        if not self.cursor.get("whole"):
            older = older.filtered(lambda run: not (run.cursor or {}).get("whole"))
        if not older:
            return False
        named = self._take_over_named(older)
        older.action_cancel()
        self._compare_anew(named)
        # the others have still to ask the tool something, and end after that
        ended = older.filtered(lambda run: run.state == "cancelled")
        message = self.env._("“%s” asks the same question anew.", self.display_name)
        ended.message = message
        self.env["newsletter.event"]._log_many(
            {"code": "run_cancelled", "run": run, "text": message} for run in ended
        )
        return True

    def _take_over_named(self, older):
        """Take over whom the tool has named to these runs: it names nobody twice.

        Whoever was named to this run as well was read later by it. It is as old as the
        oldest of what it holds now: if that is too old when somebody resumes it, all of
        them are read again.

        :return: the number of people taken over
        """
        named = 0
        if self.kind != "webhook":
            return named
        self.env.flush_all()
        for run in older.sorted("id", reverse=True):
            self.env.cr.execute(
                SQL(
                    """
                    UPDATE ONLY newsletter_fetched met SET run_id = %(run)s
                     WHERE met.run_id = %(older)s
                       AND NOT EXISTS (
                               SELECT FROM ONLY newsletter_fetched later
                                WHERE later.run_id = %(run)s
                                  AND COALESCE(later.remote_id, later.email)
                                      = COALESCE(met.remote_id, met.email))
                    """,
                    run=self.id,
                    older=run.id,
                )
            )
            named += self.env.cr.rowcount
        self.env["newsletter.fetched"].invalidate_model()
        heard = self.cursor.get("heard", 0) + named
        self.cursor = {**self.cursor, "heard": heard}
        begun = [run.started_at for run in self | older if run.started_at]
        self.started_at = min(begun, default=False)
        return named

    def _compare_anew(self, named):
        """Look at what was given back, and at everybody if people were taken over."""
        compare = self.env["newsletter.compare"]
        if named:
            self._give_back_changes()
            self.total = compare._find(self, whole=False)
        else:
            self.total += compare._take_changes(self)

    def _ask_responsible(self, note):
        """An activity for the person who answers for the list: look, then decide."""
        connection = self.connection_id
        connection.activity_schedule(
            "newsletter_sync.activity_brake",
            note=note,
            summary=self.display_name,
            user_id=(self.coupling_id.user_id or connection.user_id or self.user_id).id,
        )

    def _answered(self):
        """Somebody has decided: nobody has to be asked any more."""
        for run in self:
            # sudo: whoever may decide about the run need not see the activity
            run.sudo().connection_id.activity_search(
                ["newsletter_sync.activity_brake"],
                additional_domain=[("summary", "=", run.display_name)],
            ).action_feedback()

    def _why_stopped(self, why, count, total):
        """One reason of the brake in a clerk's words."""
        return {
            Brake.TOOL_EMPTY: self.env._(
                "the tool's list is empty, %s people were on it", count
            ),
            Brake.ODOO_EMPTY: self.env._(
                "the list in Odoo is empty, %s people were on it", count
            ),
            Brake.REMOVED: self.env._(
                "%(count)s of %(total)s people are missing on one side",
                count=count,
                total=total,
            ),
            Brake.UNSUBSCRIBED: self.env._(
                "%(count)s of %(total)s people would be unsubscribed",
                count=count,
                total=total,
            ),
            Brake.CREATED: self.env._(
                "%(count)s people would be new, there are %(total)s",
                count=count,
                total=total,
            ),
        }[why]

    def _counts_of_plan(self):
        """What the candidates would bring about, as far as the statuses tell."""
        coupling = self.coupling_id
        whole = bool(self.cursor.get("whole"))
        before = coupling.tool_count, coupling.odoo_count
        if not any(before):
            before = (self._known_at_tool(), 0)
        removed, unsubscribed, created = self._count_changes()
        tool_before, odoo_before = before
        return Counts(
            tool_before=tool_before,
            tool_now=self.cursor.get("staged", 0) if whole else tool_before,
            odoo_before=odoo_before,
            odoo_now=odoo_before if self._anybody_in_odoo() else 0,
            removed=removed,
            unsubscribed=unsubscribed,
            created=created,
        )

    def _count_changes(self):
        """How many candidates are missing on a side, leave, and are new."""
        self.env.flush_all()
        # for nobody the database might look through all whom the run has read
        self.env.cr.execute(
            SQL("SELECT FROM newsletter_candidate WHERE run_id = %s LIMIT 1", self.id)
        )
        if not self.env.cr.rowcount:
            return 0, 0, 0
        self.env.cr.execute(
            SQL(
                """
                SELECT count(*) FILTER (
                           WHERE candidate.kind = 'gone'
                              OR member.local_status = 'subscribed'
                             AND subscribed.id IS NULL AND %(list)s IS NOT NULL),
                       count(*) FILTER (
                           WHERE member.base_status = 'subscribed'
                             AND (met.status IN ('unsubscribed', 'blocked')
                                  OR subscribed.opt_out)),
                       count(*) FILTER (
                           WHERE candidate.kind = 'new' AND met.status = 'subscribed')
                  FROM newsletter_candidate candidate
                  LEFT JOIN newsletter_member member ON member.id = candidate.member_id
                  LEFT JOIN %(stage)s met ON met.id = candidate.fetched_id
                  LEFT JOIN mailing_subscription subscribed
                    ON subscribed.contact_id = member.contact_id
                   AND subscribed.list_id = %(list)s
                 WHERE candidate.run_id = %(run)s
                """,
                run=self.id,
                stage=self._stage(),
                list=self.coupling_id.mailing_list_id.id or None,
            )
        )
        return self.env.cr.fetchone()

    def _known_at_tool(self):
        """People whom an earlier push or fetch has met in the tool's list."""
        return self.env["newsletter.member"].search_count(
            [("coupling_id", "=", self.coupling_id.id), ("remote_id", "!=", False)]
        )

    def _anybody_in_odoo(self):
        mailing_list = self.coupling_id.mailing_list_id
        if not mailing_list:
            # it was deleted, or people are pushed by hand: no list that could be empty
            return True
        return bool(
            self.env["mailing.subscription"].search_count(
                [("list_id", "=", mailing_list.id)], limit=1
            )
        )

    def action_resume(self):
        """Resuming says that what the brake found is right, so it is logged.

        It goes on with that, or reads again, and then more than that is not right yet.
        """
        braked = self.filtered(lambda run: run.braked and run.state == "stopped")
        for run in braked:
            self.env["newsletter.event"]._log(
                "brake_overruled",
                run=run.sudo(),
                level="warning",
                text=self.env._(
                    "%(user)s overrules the safety brake: %(why)s",
                    user=self.env.user.name,
                    why=run.message,
                ),
            )
        self._answered()
        result = super().action_resume()
        # sudo: runs are read-only for users, this is one of the offered actions
        for run in braked.sudo():
            seen = run.brake_reasons
            run.write(
                {"braked": False, "brake_reasons": False, "brake_overruled": seen}
            )
        return result

    def action_cancel(self):
        self._answered()
        return super().action_cancel()

    def _approve(self):
        self._answered()
        return super()._approve()
