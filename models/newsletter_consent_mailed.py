"""Lists that the tool mails: their consents are in use although Odoo sends nothing.

No tool tells for each person when it wrote last. So somebody who knows says once that
a list is mailed regularly; without that word, consents of people who are mailed every
week by the tool would grow too old here (rule L9).
"""

from odoo import api, fields, models
from odoo.tools import SQL

#: the age at which a consent is noted again: few writes, and long before the warning
_RENEWED = "6 months"


class NewsletterCoupling(models.Model):
    _inherit = "newsletter.coupling"

    mailed_regularly = fields.Boolean(
        string="Mailed by the Tool",
        help="The tool sends a mailing to this list at least every few months. Then "
        "the consents of those who are subscribed there do not grow old.",
    )

    def write(self, vals):
        """Who says so stands in the log, for old consents rest on that word."""
        said = self.browse()
        if "mailed_regularly" in vals:
            said = self.filtered(
                lambda each: each.mailed_regularly != bool(vals["mailed_regularly"])
            )
        result = super().write(vals)
        said._log_mailed_regularly()
        return result

    @api.model_create_multi
    def create(self, vals_list):
        couplings = super().create(vals_list)
        couplings.filtered("mailed_regularly")._log_mailed_regularly()
        return couplings

    def _log_mailed_regularly(self):
        for coupling in self:
            text = (
                self.env._(
                    "%(user)s says that the tool mails “%(list)s” regularly; consents "
                    "of its subscribers do not grow old.",
                    user=self.env.user.name,
                    list=coupling.name,
                )
                if coupling.mailed_regularly
                else self.env._(
                    "%(user)s says that the tool mails “%(list)s” regularly no more.",
                    user=self.env.user.name,
                    list=coupling.name,
                )
            )
            self.env["newsletter.event"]._log(
                "mailed_regularly", text=text, coupling=coupling
            )


class NewsletterConsent(models.Model):
    _inherit = "newsletter.consent"

    @api.model
    def _cron_mailed(self):
        result = super()._cron_mailed()
        self._note_mailed_by_tools()
        return result

    @api.model
    def _note_mailed_by_tools(self):
        """Note a mailing for who is subscribed on lists that tools mail; set-wise."""
        self.env.flush_all()
        self.env.execute_query(
            SQL(
                """
                UPDATE newsletter_consent consent
                   SET last_mailed_at = %(now)s
                  FROM newsletter_member member
                  JOIN newsletter_coupling coupling
                    ON coupling.id = member.coupling_id
                   AND coupling.mailed_regularly
                   AND coupling.state = 'active'
                 WHERE member.remote_status = 'subscribed'
                   AND member.active
                   AND consent.email
                       = COALESCE(member.remote_email, member.email)
                   AND consent.company_id = member.company_id
                   AND consent.medium = 'email'
                   AND (consent.mailing_list_id IS NULL
                        OR consent.mailing_list_id = coupling.mailing_list_id)
                   AND (consent.state IN ('single', 'confirmed')
                        OR consent.basis = 'customer')
                   AND COALESCE(consent.last_mailed_at, consent.state_at)
                       < %(now)s - %(renewed)s::interval
             RETURNING consent.id
                """,
                now=fields.Datetime.now(),
                renewed=_RENEWED,
            )
        )
        self.invalidate_model(["last_mailed_at", "age"])
