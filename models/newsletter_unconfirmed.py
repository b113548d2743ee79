"""People whom the tool has asked, and who have not confirmed: shown, and told once.

To have asked is no end. Who does not click stays pending where the tool tells it, and
is "asked" in Odoo's memory alone where it hides whom it asked. Nobody is asked again by
itself; after some days a person looks at them.
"""

from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tools import formatLang

from ..sync.reconcile_records import Text

_ACTIVITY = "newsletter_sync.activity_unconfirmed"


class NewsletterMember(models.Model):
    _inherit = "newsletter.member"

    # few of a million wait for a click
    _waiting = models.Index(
        "(coupling_id) WHERE remote_status = 'pending' OR asked_at IS NOT NULL"
    )

    @api.model
    def _domain_unconfirmed(self, until, since=None):
        """Who was asked and has not confirmed.

        :param until: naive UTC; asked at that time or before
        :param since: naive UTC; asked later than that

        Who was asked by the tool itself counts from the time of its status, and where
        it tells none, from when Odoo came to know the person.
        """
        hidden = (
            Domain("result_code", "=", Text.ASKED.value)
            & Domain("asked_at", "!=", False)
            & Domain("remote_status", "in", (False, "unsubscribed", "blocked"))
        )
        span = Domain.TRUE
        times = ("asked_at", "remote_status_at", "create_date")
        for operator, moment in (("<=", until), (">", since)):
            if moment:
                span &= Domain.OR(
                    Domain.AND(Domain(earlier, "=", False) for earlier in times[:place])
                    & Domain(name, operator, moment)
                    for place, name in enumerate(times)
                )
        return (Domain("remote_status", "=", "pending") | hidden) & span


class NewsletterCoupling(models.Model):
    _inherit = "newsletter.coupling"

    confirm_days = fields.Integer(
        string="Days to Confirm",
        default=7,
        required=True,
        help="Whom the tool has asked and who has not confirmed after so many days is "
        "counted as “Not confirmed yet”, and the responsible person of the connection "
        "gets an activity. Nobody is asked again by itself. 0: never.",
    )
    unconfirmed_told_at = fields.Datetime(
        readonly=True,
        copy=False,
        help="Whoever was asked until then has been told of.",
    )

    @api.constrains("confirm_days")
    def _check_confirm_days(self):
        if any(coupling.confirm_days < 0 for coupling in self):
            raise ValidationError(
                self.env._("The days to confirm cannot be less than 0.")
            )

    @api.model
    def _newsletter_logged_fields(self):
        return [*super()._newsletter_logged_fields(), "confirm_days"]

    def _unconfirmed_until(self):
        """Naive UTC time; who was asked until then should have confirmed by now."""
        return fields.Datetime.now() - timedelta(days=self.confirm_days)

    def _checks(self):
        rows = super()._checks()
        if not self.confirm_days:
            return rows
        place = [row[0] for row in rows].index("parked") + 1
        domain = self.env["newsletter.member"]._domain_unconfirmed(
            self._unconfirmed_until()
        )
        return [
            *rows[:place],
            ("unconfirmed", self.env._("Not confirmed yet"), "warning", domain),
            *rows[place:],
        ]

    @api.model
    def _cron_unconfirmed(self):
        """Tell of each list once when somebody has not confirmed in time."""
        # sudo: the scheduler works for all users and companies
        couplings = self.sudo().search([("state", "!=", "ended")])
        for coupling in couplings:
            coupling._tell_unconfirmed()

    def _tell_unconfirmed(self):
        """One activity for all of a list; nothing new, no new activity.

        An activity that is open goes on telling, with the number of now; it ends by
        itself when nobody waits any more.
        """
        self.ensure_one()
        members, until = self.env["newsletter.member"], self._unconfirmed_until()
        mine = Domain("coupling_id", "=", self.id)
        number = self.confirm_days and members.search_count(
            mine & members._domain_unconfirmed(until)
        )
        told = self.activity_search([_ACTIVITY])
        if not number:
            told.unlink()
            return
        text = self._unconfirmed_text(number)
        if told:
            told.summary = text
        elif members.search_count(
            mine & members._domain_unconfirmed(until, self.unconfirmed_told_at), limit=1
        ):
            self.activity_schedule(
                _ACTIVITY,
                summary=text,
                user_id=(
                    self.connection_id.user_id or self.user_id or self.env.user
                ).id,
            )
            self.env["newsletter.event"]._log(
                "signup_unconfirmed", level="warning", coupling=self, text=text
            )
        self.unconfirmed_told_at = until

    def _unconfirmed_text(self, number):
        user = self.connection_id.user_id or self.user_id
        here = self.with_context(lang=user.lang or self.env.lang)
        if number == 1:
            return here.env._(
                "One person was asked by the tool and has not confirmed for %s days.",
                self.confirm_days,
            )
        return here.env._(
            "%(number)s people were asked by the tool and have not confirmed for "
            "%(days)s days.",
            number=formatLang(here.env, number, digits=0),
            days=self.confirm_days,
        )
