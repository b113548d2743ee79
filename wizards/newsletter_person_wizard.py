"""What the dialogs about one person's data have in common: whom it is about."""

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..sync.address import parse


class NewsletterPersonWizard(models.AbstractModel):
    """A dialog about the person of some addresses, towards one company."""

    _name = "newsletter.person.wizard"
    _description = "Dialog About the Data of a Person"

    typed = fields.Char(
        string="E-mail", help="One address, or several separated by commas."
    )
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )

    def _typed_emails(self):
        """The addresses in ``typed``, normalised."""
        typed = (self.typed or "").replace(";", ",").split(",")
        return {parse(part).email for part in typed} - {""}

    @api.model
    def _open_person(self, records, several):
        """The dialog for contacts, leads, mailing contacts, members or consents.

        :param several: what is said to whoever selects several people
        :raises UserError: that, or none of the records has an address
        """
        records.check_access("read")
        name = "email_normalized" if "email_normalized" in records else "email"
        emails = sorted({email for email in records.mapped(name) if email})
        if not emails:
            raise UserError(self.env._("There is no e-mail address here."))
        if len(records) > 1 and len(emails) > 1:
            raise UserError(several)
        return self._open(self.create({"typed": ", ".join(emails)}))

    @api.model
    def _open(self, wizard):
        return {
            "type": "ir.actions.act_window",
            "name": self.env["ir.model"]._get(self._name).name,
            "res_model": self._name,
            "res_id": wizard.id,
            "view_mode": "form",
            "target": "new",
        }
