"""Odoo's lookup of a person and our erasure: one finds, the other reaches the tools."""

from odoo import api, models
from odoo.exceptions import RedirectWarning


class PrivacyLookupWizard(models.TransientModel):
    _inherit = "privacy.lookup.wizard"

    def action_newsletter_erase(self):
        """The erasure of this person in Odoo's newsletters and in every tool.

        :raises AccessError: without the right to erase
        """
        self.ensure_one()
        erasures = self.env["newsletter.erasure.wizard"]
        self.env["newsletter.erasure"]._check_may_erase(self.env.company)
        return erasures._open(erasures.create({"typed": self.email}))


class PrivacyLookupWizardLine(models.TransientModel):
    _inherit = "privacy.lookup.wizard.line"

    def action_unlink(self):
        """A record of ours alone would come back with the next fetch.

        :raises RedirectWarning: the way to the erasure
        """
        self.ensure_one()
        if self._newsletter_ours():
            self._newsletter_refuse()
        return super().action_unlink()

    def action_unlink_all(self):
        """All that is Odoo's; what is ours stays for the erasure."""
        ours = self._newsletter_ours().filtered(lambda line: not line.is_unlinked)
        result = super(PrivacyLookupWizardLine, self - ours).action_unlink_all()
        for line in ours:
            line.execution_details = self.env._(
                "Left for the erasure in newsletter tools: %s", line.res_model_id.name
            )
        return result

    @api.onchange("is_active")
    def _onchange_is_active(self):
        """Archiving a record of ours hides it and tells no tool.

        :raises RedirectWarning: the way to the erasure
        """
        if self._newsletter_ours():
            self._newsletter_refuse()
        return super()._onchange_is_active()

    def action_archive_all(self):
        return super(
            PrivacyLookupWizardLine, self - self._newsletter_ours()
        ).action_archive_all()

    def _newsletter_ours(self):
        return self.filtered(
            lambda line: (line.res_model or "").startswith("newsletter.")
        )

    def _newsletter_refuse(self):
        erasures = self.env["newsletter.erasure.wizard"]
        raise RedirectWarning(
            self.env._(
                "Deleted here alone, this would come back from the newsletter tool. "
                "The erasure reaches the tools, and leaves what the law wants kept."
            ),
            erasures._open(erasures.create({"typed": self.wizard_id[:1].email})),
            self.env._("Erase in Newsletter Tools"),
        )
