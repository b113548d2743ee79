"""Bring a dynamic list to what its filter says now.

``newsletter_dynamic_plan`` finds what differs; nobody else is looked at.
"""

from odoo import api, fields, models
from odoo.tools import SQL

from ..connectors.masked_log import get_logger
from .newsletter_dynamic import BAD_FILTER
from .newsletter_dynamic_plan import CONCERNED
from .newsletter_runner import _CONFLICTS

_logger = get_logger(__name__)

#: people who are put on a list in one transaction
SLICE = 200_000
#: names that the log tells of those who came and went
LOGGED = 50


class NewsletterDynamicList(models.Model):
    _inherit = "newsletter.dynamic.list"

    # --- doing it -------------------------------------------------------------------
    def _refresh(self, run=None):
        """Bring the list to what the filter says, or stop and say why.

        A filter that does not work, or would do far more than usual, changes nothing,
        nor does an error of any kind; everything else (leavings above all, other lists)
        must go on, so nothing is raised but collisions, after which all is done again.

        :return: whether it is complete; else call again, in the next transaction
        """
        self.ensure_one()
        dynamic = self.sudo()  # sudo: the engine writes; the filter has its own rights
        mailing_list = dynamic.mailing_list_id
        if mailing_list.newsletter_state == "ended" or not mailing_list.active:
            return True
        plan = None
        try:
            with self.env.cr.savepoint():
                plan = dynamic._plan()
                return dynamic._refresh_now(plan, run)
        except _CONFLICTS:
            raise
        except Exception as error:
            if plan is None and isinstance(error, BAD_FILTER):
                _logger.info("the filter of dynamic list %s does not work", self.id)
                why = self.env._("The filter does not work: %s", error)
            else:
                _logger.exception("dynamic list %s could not be refreshed", self.id)
                why = self.env._(
                    "An unexpected error stopped the refresh, nothing was changed; the "
                    "server's log names it: %s",
                    type(error).__name__,
                )
            dynamic._stop("failed", why, run)
            return True

    def _refresh_now(self, plan, run):
        if reasons := self._brake(plan):
            why = self.env._(
                "Safety brake: %s. Nothing was changed.", "; ".join(reasons)
            )
            self._stop("stopped", why, run)
            return True
        held = self.state in ("stopped", "failed")
        left = max(0, plan.numbers["new"] - SLICE)
        moved = self._move()
        told = self._going_names(LOGGED)
        gone = self._let_go(plan)
        people = self.env["newsletter.list.people"]
        back = self._take_back()
        come = people._put_on(self.mailing_list_id, SLICE) + back
        told = people._names(("put", "back"), LOGGED), told
        self._remember(plan)
        self.write(
            {
                "refreshed_at": fields.Datetime.now(),
                "matching_count": plan.matching,
                "left_out": self._left_out(plan.numbers),
                "message": False,
                # filled in several transactions, the first ones are no surprise
                "state": self.state if left else "running",
                "overruled": self.overruled and bool(left),
            }
        )
        if held:
            self.activity_unlink(["newsletter_sync.activity_filter"])
        if come or gone or moved:
            self._log_refresh(run, come, gone, moved, told)
        if not run and (come or gone or moved):
            self._transmit_by_themselves()
        return not left

    def _stop(self, state, text, run=None):
        """Change nothing and let a person look; told once, not every night."""
        known = self.state == state and self.message == text
        self.write({"state": state, "message": text})
        if known:
            return
        name = self.mailing_list_id.name
        self.env["newsletter.event"]._log(
            "filter_" + state,
            level="warning" if state == "stopped" else "error",
            **self._event_about(run),
            text=self.env._("Dynamic list “%(list)s”: %(why)s", list=name, why=text),
        )
        user = self.user_id if self.user_id.active else self.env.user
        self.activity_schedule(
            "newsletter_sync.activity_filter",
            user_id=user.id,
            summary=self.env._("Look at the filter of “%s”", name),
            note=text,
        )

    def _let_go(self, plan):
        """Do with those who match no more what the list says; :return: how many."""
        people = self.env["newsletter.list.people"]
        gone, now = 0, fields.Datetime.now()
        if plan.way != "keep":
            gone, now = people._sort_out(
                self.mailing_list_id,
                plan.way,
                SQL("SELECT contact_id FROM newsletter_going going %s", CONCERNED),
            )
        self.env.cr.execute(
            SQL(
                """
                UPDATE newsletter_dynamic_match known
                   SET gone_at = %(now)s, state = CASE
                           WHEN going.brought AND going.listed AND NOT going.follows
                           THEN %(way)s ELSE 'gone' END
                  FROM newsletter_going going
                 WHERE known.id = going.match_id AND NOT going.moves
                """,
                now=now,
                way="gone" if plan.way == "keep" else plan.way,
            )
        )
        return gone

    def _take_back(self):
        """Subscribe those whom only this filter had unsubscribed; :return: how many."""
        self.env.cr.execute(
            """
            UPDATE newsletter_joining SET what = 'back' WHERE what = 'returns'
            RETURNING subscription_id
            """
        )
        ids = [row_id for (row_id,) in self.env.cr.fetchall()]
        rows = self.env["mailing.subscription"].browse(ids)
        rows.with_context(newsletter_leaving=True).write({"opt_out": False})
        self.env.flush_all()
        return len(ids)

    def _remember(self, plan):
        """Who matches now, and whether the filter brought them.

        Who stays away is not remembered: as soon as nothing stands against them any
        more, they come.
        """
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO newsletter_dynamic_match
                       (dynamic_id, email, res_id, contact_id, brought, state,
                        create_uid, create_date, write_uid, write_date)
                SELECT %(id)s, email, res_id, contact_id, what IN ('put', 'back'), 'on',
                       %(uid)s, %(now)s, %(uid)s, %(now)s
                  FROM newsletter_joining
                 WHERE what IN ('put', 'back', 'known', 'opted_out')
                    ON CONFLICT (dynamic_id, email) DO UPDATE
                   SET state = 'on', gone_at = NULL, res_id = EXCLUDED.res_id,
                       contact_id = EXCLUDED.contact_id,
                       brought = EXCLUDED.brought OR newsletter_dynamic_match.brought
                             AND newsletter_dynamic_match.state = 'gone',
                       write_date = EXCLUDED.write_date
                """,
                id=self.id,
                uid=self.env.uid,
                now=fields.Datetime.now(),
            )
        )
        # of several records with one address another one counts now
        self.env.cr.execute(
            SQL(
                """
                UPDATE newsletter_dynamic_match known SET res_id = matching.res_id
                  FROM newsletter_matching matching
                 WHERE known.dynamic_id = %s AND known.state = 'on'
                   AND matching.email = known.email
                   AND matching.res_id <> known.res_id
                """,
                self.id,
            )
        )
        self.env["newsletter.dynamic.match"].invalidate_model()

    # --- what is told ----------------------------------------------------------------
    def _log_refresh(self, run, come, gone, moved, told):
        came, went = told
        words = {
            "keep": self.env._("stay"),
            "remove": self.env._("taken off"),
            "unsubscribe": self.env._("unsubscribed"),
        }
        detail = []
        if came:
            detail += [self.env._("Came:"), *came]
        if went and gone:
            detail += [self.env._("Match no more (%s):", words[self.way_out]), *went]
        if self.left_out_text:
            detail += [self.env._("Not put on the list:"), self.left_out_text]
        self.env["newsletter.event"]._log(
            "list_refreshed",
            **self._event_about(run),
            text=self.env._(
                "Dynamic list “%(list)s”: %(come)s came, %(gone)s went, %(moved)s have "
                "another address.",
                list=self.mailing_list_id.name,
                come=come,
                gone=gone,
                moved=moved,
            ),
            detail="\n".join(detail),
        )

    def _event_about(self, run):
        coupling = self.mailing_list_id.newsletter_coupling_ids[:1]
        about = {"record": self.mailing_list_id, "rule": "filter"}
        if run:
            return {**about, "run": run}
        if coupling:
            return {**about, "coupling": coupling}
        return {**about, "company_id": self.company_id.id}

    def _transmit_by_themselves(self):
        for coupling in self.mailing_list_id.newsletter_coupling_ids:
            coupling._transmit_by_itself(self.env.user)

    # --- when ------------------------------------------------------------------------
    @api.model
    def _cron_refresh(self):
        """Every night; fetches and transmissions of a coupled list refresh it besides.

        Each list in transactions of its own: one with a bad filter, or a million people
        to come, holds up no other.
        """
        # sudo: the scheduler works for all users and companies
        for dynamic in self.sudo().search([("mailing_list_id.active", "=", True)]):
            try:
                dynamic._refresh_apart()
            except Exception:  # it collides all the time, or could not even be stopped
                _logger.exception("dynamic list %s waits for tomorrow", dynamic.id)

    def _refresh_apart(self):
        """Refresh in transactions of the runner until it is complete."""
        dynamic_id, complete = self.id, False
        while not complete:
            complete = self.env["newsletter.runner"]._in_transaction(
                lambda own: own.env["newsletter.dynamic.list"]._refresh_id(dynamic_id)
            )

    @api.model
    def _refresh_id(self, dynamic_id):
        # sudo: see _cron_refresh
        dynamic = self.sudo().browse(dynamic_id).exists()
        if not dynamic:
            return True
        return dynamic.with_context(lang=dynamic.user_id.lang)._refresh()

    # --- buttons ---------------------------------------------------------------------
    def action_refresh(self):
        """Refresh now; the safety brake holds."""
        self.ensure_one()
        self.check_access("write")
        if not self._refresh():
            # sudo: the rest is the scheduler's
            self.env.ref("newsletter_sync.cron_dynamic").sudo()._trigger()
        return {"type": "ir.actions.client", "tag": "soft_reload"}

    def action_preview(self):
        """Show who would come and go, before anything is done."""
        self.ensure_one()
        self.check_access("write")
        return self.env["newsletter.dynamic.preview"]._open(self)

    def _apply(self):
        """Somebody has seen the preview and wants it, whatever the brake says."""
        self.ensure_one()
        self.check_access("write")
        # sudo: the field is the engine's
        self.sudo().overruled = True
        self.env["newsletter.event"]._log(
            "filter_applied",
            **self._event_about(None),
            text=self.env._(
                "%(user)s has looked at the filter of “%(list)s” and lets it work.",
                user=self.env.user.name,
                list=self.mailing_list_id.name,
            ),
        )
        return self.action_refresh()
