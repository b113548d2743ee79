"""The life of a coupling: joined, paused, ended, and joined again with all it knew."""

from odoo import api, fields, models
from odoo.exceptions import RedirectWarning, UserError
from odoo.tools import SQL

from .newsletter_run import OPEN_STATES

#: statuses of somebody who was taken to be on the list, so not of one who left
_ON_THE_LIST = ("subscribed", "pending", "soft_bounce", "general_bounce")
#: what a member remembers of the agreement with one mailing list
_AGREEMENT = ("base_status", "base_values", "base_digest", "local_status", "synced_at")


class NewsletterMember(models.Model):
    _inherit = "newsletter.member"

    uncoupled = fields.Boolean(
        help="Archived together with the coupling; comes back with it."
    )


class NewsletterCoupling(models.Model):
    """A list of the tool has one coupling for life, which ends and comes back.

    So whoever left is remembered, whatever the list was coupled with in between; the
    tool itself may have forgotten it (``capabilities.keeps_leavers``).
    """

    _inherit = "newsletter.coupling"

    # --- joining -----------------------------------------------------------------
    @api.model
    def _former(self, remote_list):
        """The coupling of a list of the tool, ended ones included."""
        found = self.with_context(active_test=False).search(
            [("remote_list_id", "=", remote_list.id)],
            order="active desc, id desc",
            limit=1,
        )
        return self.browse(found.id)

    @api.model
    def _for_list(self, remote_list):
        """The coupling for pushing people to a list by hand, made if there is none.

        One that was ended comes back without its mailing list: the two lists stay
        apart, but who left is remembered.
        """
        # sudo: pushing makes a coupling; deciding about couplings stays with managers
        couplings = self.sudo()
        found = couplings._former(remote_list)
        if not found:
            found = couplings.create({"remote_list_id": remote_list.id})
        elif not found.active:
            found._revive({"mailing_list_id": False, "direction": "to_tool"})
        return found.with_env(self.env)

    @api.model
    def _check_free(self, remote_list):
        """Refuse a list of the tool that is kept equal with a mailing list already."""
        coupling = self._former(remote_list)
        if coupling.active and coupling.mailing_list_id:
            raise UserError(
                self.env._(
                    "“%(list)s” is coupled with the mailing list “%(other)s” already. "
                    "A list of the tool can be coupled once; end that coupling first, "
                    "or choose another list.",
                    list=remote_list.name,
                    other=coupling.mailing_list_id.name,
                )
            )
        return coupling

    @api.model
    def _couple(self, remote_list, mailing_list, **values):
        """Join two lists; what is known from an earlier coupling is found again.

        Nothing is sent and nobody is changed by that.

        :raises UserError: the list of the tool is coupled already
        """
        self.check_access("create")
        values["mailing_list_id"] = mailing_list.id
        coupling = self._check_free(remote_list)
        if not coupling:
            coupling = self.create({**values, "remote_list_id": remote_list.id})
        elif coupling.active:
            # people were pushed to it before; they are kept
            coupling.write(values)
        else:
            coupling._revive(values)
        coupling._note_subscribers()
        self.env["newsletter.event"]._log(
            "coupled",
            coupling=coupling,
            text=self.env._("The lists were coupled: %s.", coupling.display_name),
        )
        return coupling

    def _revive(self, values):
        """Bring an ended coupling back with its members; all is compared afresh."""
        self.ensure_one()
        former = self.mailing_list_id
        self.write(
            {
                "active": True,
                "state": "active",
                # what changed in between is found by reading the whole list
                "fetched_at": False,
                "full_fetched_at": False,
                **values,
            }
        )
        another = self.mailing_list_id != former
        if another:
            self._take_leavings_along(former)
        self._bring_members_back(former, another and bool(self.mailing_list_id))

    def _bring_members_back(self, former, forget):
        """Take the members out of the archive who came there with the coupling.

        :param former: the mailing list that it was coupled with
        :param forget: the agreement was about that one, and now there is another. Who
            was never on the new one must not look as if taken off it; for those who
            are on it the memory stays, because it tells who vanished meanwhile. Who is
            leaving counts as having left, and is looked at in any case
        """
        self.env.flush_all()
        left = {"base_status": SQL("'unsubscribed'"), "synced_at": SQL("NULL")}
        forgotten = SQL(", ").join(
            SQL(
                "%(name)s = CASE WHEN NOT %(forget)s"
                " OR COALESCE(member.base_status, 'subscribed') NOT IN %(present)s"
                " THEN member.%(name)s"
                " WHEN leaving.id IS NOT NULL THEN %(left)s"
                " WHEN on_list.id IS NULL THEN NULL ELSE member.%(name)s END",
                name=SQL.identifier(name),
                forget=forget,
                present=_ON_THE_LIST,
                left=left.get(name, SQL.identifier("member", name)),
            )
            for name in _AGREEMENT
        )
        self.env.cr.execute(
            SQL(
                """
                WITH archived AS MATERIALIZED (
                    SELECT id, email, contact_id FROM newsletter_member
                     WHERE coupling_id = %(coupling)s AND uncoupled AND NOT active
                ), listed AS MATERIALIZED (
                    SELECT contact.id, contact.email_normalized
                      FROM mailing_subscription subscribed
                      JOIN mailing_contact contact
                        ON contact.id = subscribed.contact_id
                     WHERE subscribed.list_id = %(list)s AND %(forget)s
                ), on_list AS MATERIALIZED (
                    SELECT archived.id FROM archived
                      JOIN listed ON listed.id = archived.contact_id
                     UNION
                    SELECT archived.id FROM archived
                      JOIN listed ON listed.email_normalized = archived.email
                ), leaving AS MATERIALIZED (%(leaving)s)
                UPDATE newsletter_member member
                   SET active = TRUE, uncoupled = FALSE,
                       write_date = now() AT TIME ZONE 'UTC', %(forgotten)s
                  FROM archived
                  LEFT JOIN on_list ON on_list.id = archived.id
                  LEFT JOIN leaving ON leaving.id = archived.id
                 WHERE member.id = archived.id
                """,
                coupling=self.id,
                list=self.mailing_list_id.id or None,
                forget=forget,
                forgotten=forgotten,
                leaving=self._leaving_members(former),
            )
        )
        self.env["newsletter.member"].invalidate_model()

    def _note_subscribers(self):
        """Have those compared who are members already and were not known as readers.

        They came to the mailing list while nobody noted its changes.
        """
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO newsletter_change (coupling_id, res_model, res_id)
                SELECT member.coupling_id, 'mailing.contact', contact.id
                  FROM newsletter_member member
                  JOIN mailing_contact contact
                    ON contact.email_normalized = member.email
                   AND contact.id IS DISTINCT FROM member.contact_id
                  JOIN mailing_subscription subscribed
                    ON subscribed.contact_id = contact.id
                   AND subscribed.list_id = %(list)s
                 WHERE member.coupling_id = %(coupling)s AND member.active
                """,
                coupling=self.id,
                list=self.mailing_list_id.id,
            )
        )

    # --- ending --------------------------------------------------------------------
    def _uncouple(self):
        """End the coupling. Both lists stay in their systems with all people.

        The members are archived, not deleted; :meth:`_couple` finds them again. From
        now on nothing is compared; whoever leaves in Odoo is still signed off in the
        tool, for its list goes on being mailed (``newsletter.leaving``).

        :raises RedirectWarning: a run of the coupling is not finished
        """
        for coupling in self:
            coupling.check_access("write")
            # whoever starts a run now waits, and finds that the coupling has ended
            coupling.lock_for_update(allow_referencing=False)
            coupling._check_no_open_run()
            count = coupling._archive_members()
            coupling.write({"active": False, "state": "ended"})
            coupling.flush_recordset()  # the outbox's triggers look at it
            self.env["newsletter.event"]._log(
                "uncoupled",
                coupling=coupling,
                text=self.env._(
                    "The coupling %(name)s was ended; both lists stay as they are. "
                    "%(count)s members are kept in the archive.",
                    name=coupling.display_name,
                    count=count,
                ),
            )

    def _move_to(self, remote_list):
        """End this coupling, and couple its mailing list with another list instead.

        Settings, field mapping and rules of its own go along; a paused coupling is
        paused still.

        :return: the coupling of that list
        """
        self.ensure_one()
        self._check_free(remote_list)
        mailing_list = self.mailing_list_id
        values = self._settings()
        if self.state == "paused":
            values["state"] = "paused"
        self._uncouple()
        coupling = self._couple(remote_list, mailing_list, **values)
        coupling._take_over(self)
        return coupling

    def _list_deleted(self):
        """The list is not in the tool any more; its mirror stays for the history."""
        self.ensure_one()
        # sudo: the mirror of the tool's lists is written by code
        self.remote_list_id.sudo().active = False
        self.env["newsletter.event"]._log(
            "list_deleted",
            coupling=self,
            level="warning",
            text=self.env._(
                "%(user)s deleted the list “%(list)s” in the newsletter tool.",
                user=self.env.user.name,
                list=self.remote_list_id.name,
            ),
        )

    def action_end(self):
        """Ask what ending would mean, then end."""
        return self.env["newsletter.coupling.change"]._open(self, "uncouple")

    def action_choose_anew(self):
        return self.env["newsletter.coupling.change"]._open(self, "anew")

    def action_enter_id(self):
        return self.env["newsletter.coupling.change"]._open(self, "by_id")

    def action_delete_list(self):
        return self.env["newsletter.coupling.change"]._open(self, "delete")

    def _check_no_open_run(self):
        """Say which runs have to be finished or cancelled first."""
        runs = self.env["newsletter.run"].search(
            [
                ("coupling_id", "in", self.ids),
                ("state", "in", (*OPEN_STATES, "preview")),
            ]
        )
        if runs:
            action = self.env["ir.actions.act_window"]._for_xml_id(
                "newsletter_sync.action_newsletter_run"
            )
            raise RedirectWarning(
                self.env._(
                    "A run of this coupling is not finished: %s. Wait for its end, or "
                    "cancel it first.",
                    ", ".join(runs.mapped("name")),
                ),
                {**action, "domain": [("id", "in", runs.ids)]},
                self.env._("Show the run"),
            )

    def _archive_members(self):
        """Archive the members so that they come back with the coupling; set-wise.

        Who did it is in the log: written into each row, the user would be looked up
        a million times.

        :return: how many
        """
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """
                UPDATE newsletter_member
                   SET active = FALSE, uncoupled = TRUE,
                       write_date = now() AT TIME ZONE 'UTC'
                 WHERE coupling_id IN %(ids)s AND active
                """,
                ids=tuple(self.ids),
            )
        )
        count = self.env.cr.rowcount
        # nobody reads the outbox of an ended coupling
        self.env.cr.execute(
            SQL(
                "DELETE FROM newsletter_change WHERE coupling_id IN %s",
                tuple(self.ids),
            )
        )
        self.env["newsletter.member"].invalidate_model()
        return count

    # --- pausing ---------------------------------------------------------------------
    def action_pause(self):
        """Nothing travels by itself until somebody lets it go on."""
        self._set_state("active", "paused")

    def action_resume(self):
        """Go on, and look at once at what waited."""
        self._set_state("paused", "active")
        for coupling in self.filtered(lambda each: each.state == "active"):
            coupling._transmit_by_itself(self.env.user)
        self.env.ref("newsletter_sync.cron_changes").sudo()._trigger()

    def _set_state(self, before, after):
        self.check_access("write")
        texts = {
            "paused": self.env._("Paused: nothing is compared by itself any more."),
            "active": self.env._("Goes on: both lists are compared by itself again."),
        }
        for coupling in self.filtered(lambda each: each.state == before):
            coupling.state = after
            self.env["newsletter.event"]._log(
                "coupling_" + after,
                coupling=coupling,
                level="warning" if after == "paused" else "info",
                text=f"{coupling.display_name}: {texts[after]}",
            )


class NewsletterRun(models.Model):
    _inherit = "newsletter.run"

    def _check_may_run(self):
        """No slice works for a coupling that was ended meanwhile."""
        res = super()._check_may_run()
        for run in self:
            if run.coupling_id and not run.coupling_id.active:
                raise UserError(
                    self.env._(
                        "The coupling %s was ended. Couple the lists again to go on.",
                        run.coupling_id.display_name,
                    )
                )
        return res
