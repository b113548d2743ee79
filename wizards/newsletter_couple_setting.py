"""The settings of a new list, as the chosen tool asks for them."""

from dataclasses import replace

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..connectors.contract import ListDraft
from ..connectors.list_settings import LIST_SETTINGS, asked, problems


class NewsletterCoupleSetting(models.TransientModel):
    """One field of the dialog; what it is stands in ``connectors.list_settings``."""

    _name = "newsletter.couple.setting"
    _description = "Setting of a New List"
    _order = "wizard_id, sequence, id"

    # of the dialog that couples, or of the one that changes a list
    wizard_id = fields.Many2one(
        "newsletter.couple.wizard", ondelete="cascade", index=True
    )
    change_id = fields.Many2one(
        "newsletter.list.settings.change", ondelete="cascade", index=True
    )
    name = fields.Char(required=True)
    sequence = fields.Integer()
    value = fields.Char()
    label = fields.Char(compute="_compute_declaration")
    help = fields.Char(compute="_compute_declaration", string="Explanation")
    kind = fields.Char(compute="_compute_declaration")
    needed = fields.Boolean(compute="_compute_declaration")
    choices = fields.Json(compute="_compute_declaration")
    only_if = fields.Json(compute="_compute_declaration")

    @api.depends("name", "wizard_id.connection_id", "change_id")
    def _compute_declaration(self):
        for line in self:
            field = LIST_SETTINGS.get(line.name)
            # the texts are marked where they are declared
            line.label = self.env._(field.label) if field else line.name
            line.help = self.env._(field.help) if field and field.help else False
            line.kind = field.kind if field else "text"
            line.choices = (
                [[value, self.env._(label)] for value, label in field.choices]
                if field
                else []
            )
            dialog = line.wizard_id or line.change_id
            line.needed = line.name in dialog._capabilities().list_settings
            line.only_if = []

    def _check(self, capabilities):
        """Say all at once what is missing or wrong."""
        values = {line.name: line.value or "" for line in self}
        wrong = problems(values, capabilities.list_settings, values)
        if not wrong:
            return
        labels = {line.name: line.label for line in self}
        texts = {
            "missing": self.env._("is missing"),
            "email": self.env._("is no e-mail address"),
            "country": self.env._("must have two capital letters, such as DE"),
            "language": self.env._("must have two small letters, such as de"),
        }
        raise UserError(
            "\n".join(f"{labels[name]}: {texts[code]}" for name, code in wrong.items())
        )

    def _draft(self, name):
        """What is sent to the tool; empty lines are left out."""
        values = {
            line.name: (line.value or "").strip()
            for line in self
            if (line.value or "").strip()
        }
        return ListDraft(
            name=name, description=values.pop("description", ""), settings=values
        )


class NewsletterCoupleWizard(models.TransientModel):
    _inherit = "newsletter.couple.wizard"

    setting_ids = fields.One2many("newsletter.couple.setting", "wizard_id")
    can_fill = fields.Boolean(compute="_compute_can_fill")

    @api.depends("setting_ids.name")
    def _compute_can_fill(self):
        """Whether the company's data say something about what is asked."""
        for wizard in self:
            known = wizard.connection_id._list_settings() if wizard.setting_ids else {}
            wizard.can_fill = any(line.name in known for line in wizard.setting_ids)

    def _settings_fit(self):
        """Whether they are those of the chosen tool, so that typing is not lost."""
        return self.setting_ids.mapped("name") == self._asked()

    def _asked(self):
        """Names of the settings that somebody has to look at."""
        if not self.new_remote:
            return []
        fixed = self.connection_id._fixed_settings()
        return [name for name in asked(self._capabilities()) if name not in fixed]

    def _fill_settings(self):
        """Ask for exactly what the tool wants, prefilled from the company's data."""
        self.ensure_one()
        self.setting_ids.unlink()
        if not self.new_remote:
            return
        prefilled = self.connection_id._list_settings()
        self.setting_ids = [
            fields.Command.create(
                {
                    "name": name,
                    "sequence": number,
                    "value": prefilled.get(name)
                    or (LIST_SETTINGS[name].default if name in LIST_SETTINGS else ""),
                }
            )
            for number, name in enumerate(self._asked())
        ]

    def action_fill_settings(self):
        """The magic button: what was typed is replaced by the company's data."""
        self._fill_settings()
        return self._reopen()

    def _check_settings(self):
        self.setting_ids._check(self._capabilities())

    def _list_draft(self, name):
        """What is sent to the tool."""
        draft = self.setting_ids._draft(name)
        names = asked(self._capabilities())
        fixed = {
            key: text
            for key, text in self.connection_id._fixed_settings().items()
            if key in names
        }
        return replace(draft, settings={**draft.settings, **fixed})
