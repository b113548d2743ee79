"""A coupling whose mailing list is deleted, while the tool is still to be told.

Lists stay on both sides when a coupling ends (E04), so the tool goes on mailing its
own. Whoever deletes the mailing list may let the tool know instead: the coupling
stays, without a list in Odoo, until the tool was told about everybody, and then ends
by itself.
"""

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL, formatLang

from ..sync.reconcile import Policy, Side, plan
from ..sync.reconcile_status import LEFT, PRESENT
from ..sync.vocabulary import Status
from .newsletter_automation import REST
from .newsletter_push import aware
from .newsletter_run import OPEN_STATES
from .newsletter_transmit_steps import LEAVE

#: what the tool says of somebody who is there; None: nothing was read yet
_THERE = [*sorted(status.value for status in PRESENT), None]
_AWAY = sorted(status.value for status in LEFT)


class NewsletterCoupling(models.Model):
    _inherit = "newsletter.coupling"

    ending = fields.Boolean(
        string="Ends When the Tool Was Told",
        readonly=True,
        copy=False,
        help="The mailing list was deleted. The coupling ends by itself when the tool "
        "was told about everybody.",
    )

    @api.model
    def _couple(self, remote_list, mailing_list, **values):
        """Who waits for being taken off still does; the coupling has a list again."""
        values["ending"] = False
        return super()._couple(remote_list, mailing_list, **values)

    def _there_to_tell(self):
        """The members whom the tool would go on mailing.

        Who has left there is not touched: the tool remembers them.
        """
        return (
            Domain("coupling_id", "in", self.ids)
            & Domain("remote_status", "in", [each or False for each in _THERE])
            & (Domain("remote_status", "!=", False) | Domain("remote_id", "!=", False))
        )

    def _end_with_list(self, choice):
        """End the couplings of a mailing list that is going to be deleted.

        :param choice: a key of ``newsletter_deletion.CHOICES``
        :return: the couplings that stay until their tools were told
        :raises RedirectWarning: a run of a coupling is not finished
        """
        staying = self.browse()
        for coupling in self:
            people = coupling._there_to_tell()
            members = self.env["newsletter.member"]
            if choice == "forget" or not members.search_count(people, limit=1):
                coupling._uncouple()
            else:
                coupling._tell_all(choice)
                staying |= coupling
        return staying

    def _tell_all(self, choice):
        """Everybody who is in the tool gets the task; set-wise, for there are many."""
        self.ensure_one()
        self.check_access("write")
        # whoever starts a run now waits
        self.lock_for_update(allow_referencing=False)
        self._check_no_open_run()
        self._take_leavings_along(self.mailing_list_id)
        name, tool = self.mailing_list_id.name, self.connection_id.name
        # the rows of the list go next, and are no news to this coupling; that it was
        # paused is the older decision
        self.write({"mailing_list_id": False, "ending": True, "state": "active"})
        self.env.flush_all()
        count = self._set_tasks(choice)
        choices = self.env["res.company"]._fields["newsletter_deletion"]
        self.env["newsletter.event"]._log(
            "taken_off",
            coupling=self,
            level="warning",
            rule=choice,
            text=self.env._(
                "The mailing list “%(list)s” was deleted. In “%(tool)s”: %(choice)s. "
                "People: %(count)s. The coupling ends when the tool was told.",
                list=name,
                tool=tool,
                choice=dict(choices._description_selection(self.env))[choice],
                count=count,
            ),
        )
        self._transmit_by_itself(self.env.user)

    def _set_tasks(self, choice):
        """Whoever is leaving already goes on doing so; what has held that up does so no
        more.

        :return: how many have the task now
        """
        now = fields.Datetime.now()
        # whatever else was planned has no list any more
        self.env.cr.execute(
            SQL(
                """
                UPDATE newsletter_member
                   SET task = NULL, task_by = NULL, task_difference = NULL,
                       outdated = FALSE, parked = FALSE
                 WHERE coupling_id = %s AND active AND task NOT IN %s
                """,
                self.id,
                LEAVE,
            )
        )
        count = 0
        for status in (*_THERE, *_AWAY):
            self.env.cr.execute(
                SQL(
                    """
                    UPDATE newsletter_member
                       SET task = COALESCE(task, %(choice)s),
                           task_at = %(now)s, task_by = %(user)s,
                           task_rule = 'deleted', task_difference = %(difference)s,
                           task_values = NULL, task_sends = NULL, task_reason = NULL,
                           outdated = FALSE, parked = FALSE, tries = 0,
                           next_try_at = NULL, result = 'blocked',
                           local_status = 'unsubscribed', local_status_at = %(now)s,
                           local_status_by = %(by)s,
                           write_date = now() AT TIME ZONE 'UTC'
                     WHERE coupling_id = %(coupling)s AND active
                       AND remote_status IS NOT DISTINCT FROM %(status)s
                       AND (outdated OR parked
                            OR task IS NULL AND %(there)s
                               AND (remote_status IS NOT NULL OR remote_id IS NOT NULL))
                    """,
                    there=status in _THERE,
                    choice=choice,
                    now=now,
                    user=self.env.uid,
                    by=self.env.user.name,
                    difference=self._difference_when_off(status, now),
                    coupling=self.id,
                    status=status,
                )
            )
            count += self.env.cr.rowcount
        self.env["newsletter.member"].invalidate_model()
        return count

    @staticmethod
    def _difference_when_off(status, at):
        """What is open about whoever is off in Odoo and in the tool with a status."""
        local = Side(status=Status.UNSUBSCRIBED, status_at=aware(at), known=True)
        remote = Side(status=Status(status) if status else None, known=True)
        return plan(None, local, remote, Policy()).difference or "-"

    def _tasks_by_itself(self):
        """What was decided for all of them, as far as the automation goes."""
        if not self.ending:
            return super()._tasks_by_itself()
        allowed = self._tasks_of_automation()
        return [task for task in allowed if task in LEAVE]

    def _waiting_to_go(self):
        return self.env["newsletter.member"].search_count(
            [("coupling_id", "=", self.id), ("task", "in", LEAVE)]
        )

    def _end_when_told(self):
        """End those about whom nobody has to be told any more."""
        # sudo: a manager has decided it, whoever transmitted
        runs = self.env["newsletter.run"].sudo()
        for coupling in self.sudo():
            working = [
                ("coupling_id", "=", coupling.id),
                ("state", "in", (*OPEN_STATES, "preview")),
            ]
            if coupling._waiting_to_go() or runs.search_count(working):
                continue
            # whoever holds it just now lets the next turn end it
            if coupling.try_lock_for_update(allow_referencing=False):
                coupling._uncouple()

    def _tell_again(self):
        """Whom the tool refused before, or a cancelled run left behind: no fetch looks
        after these couplings."""
        # sudo: the scheduler works for all users and companies
        runs = self.env["newsletter.run"].sudo()
        for coupling in self.sudo():
            last = runs.search(
                [("coupling_id", "=", coupling.id), ("kind", "=", "transmit")], limit=1
            )
            open_run = last.state in (*OPEN_STATES, "preview")
            rests = last.state == "stopped" and (
                last.finished_at > fields.Datetime.now() - REST
            )
            if coupling.connection_id.state == "connected" and not open_run | rests:
                coupling._transmit_by_itself(self.env.user)

    @api.model
    def _cron_fetch(self):
        # sudo: the scheduler works for all users and companies
        ending = self.sudo().search([("ending", "=", True)])
        ending._end_when_told()
        ending.filtered("ending")._tell_again()
        return super()._cron_fetch()

    def _next_step(self):
        if not self.ending or self.state == "ended":
            return super()._next_step()
        if self.connection_id.state != "connected":
            return self.env._("The newsletter tool is not connected.")
        return self.env._(
            "The mailing list was deleted. People whom the tool has still to be told "
            "about (3): %s. Then the coupling ends by itself.",
            formatLang(self.env, self._waiting_to_go(), digits=0),
        )

    def _uncouple(self):
        result = super()._uncouple()
        self.ending = False
        return result


class NewsletterRun(models.Model):
    _inherit = "newsletter.run"

    def _finished(self):
        result = super()._finished()
        self.coupling_id.filtered("ending")._end_when_told()
        return result


class MailingList(models.Model):
    _inherit = "mailing.list"

    def action_merge(self, src_lists, archive):
        """The couplings of lists that a merge archives go on; that is not silent."""
        result = super().action_merge(src_lists, archive)
        # sudo: whoever merges lists may know nothing of couplings
        hidden = (src_lists - self).sudo() if archive else self.browse()
        couplings = hidden.newsletter_coupling_ids
        self.env["newsletter.event"]._log_many(
            {
                "code": "merged_list",
                "level": "warning",
                "coupling": coupling,
                "record": self,
                "text": self.env._(
                    "“%(merged)s” was merged into “%(list)s” and archived. Its "
                    "coupling with “%(tool)s” goes on with the archived list: whoever "
                    "joins there does not come to “%(list)s”, and the tool goes on "
                    "mailing its people. End that coupling, or couple the tool's list "
                    "with “%(list)s”.",
                    merged=coupling.mailing_list_id.name,
                    list=self.name,
                    tool=coupling.connection_id.name,
                ),
            }
            for coupling in couplings
        )
        return result
