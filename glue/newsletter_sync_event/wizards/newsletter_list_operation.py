"""Registrants of events as people of a mailing list (C18)."""

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, email_normalize

#: choice -> states of a registration
_STATES = {
    "coming": ["open", "done"],
    "attended": ["done"],
    "all": ["draft", "open", "done"],
    "cancelled": ["cancel"],
}


class NewsletterListOperation(models.TransientModel):
    _inherit = "newsletter.list.operation"

    source = fields.Selection(
        selection_add=[("event", "Registrants of events")],
        ondelete={"event": "cascade"},
    )
    event_ids = fields.Many2many("event.event", string="Events")
    registered = fields.Selection(
        [
            ("coming", "Registered or attended"),
            ("attended", "Attended"),
            ("all", "All but cancelled"),
            ("cancelled", "Cancelled"),
        ],
        string="Registration",
        required=True,
        default="coming",
    )

    @api.onchange("event_ids", "registered")
    def _onchange_events(self):
        self._onchange_choice()

    @api.model
    def fields_get(self, allfields=None, attributes=None):
        """Whoever may not read registrations is not offered them."""
        result = super().fields_get(allfields, attributes)
        selection = result.get("source", {}).get("selection")
        if selection and not self._reads_events():
            result["source"]["selection"] = [
                choice for choice in selection if choice[0] != "event"
            ]
        return result

    @api.model
    def _reads_events(self):
        return all(
            self.env[model].has_access("read")
            for model in ("event.event", "event.registration")
        )

    @api.model
    def _choice_fields(self):
        own = ["event_ids", "registered"] if self._reads_events() else []
        return [*super()._choice_fields(), *own]

    def _people_of_event(self):
        """Each registration with its own address, which need not be the booker's."""
        if not self.event_ids:
            raise UserError(self.env._("Choose at least one event."))
        registrations = self.env["event.registration"].search(
            [
                ("event_id", "in", self.event_ids.ids),
                ("state", "in", _STATES[self.registered]),
                ("company_id", "in", [False, self.company_id.id]),
            ],
            order="id",
        )
        rows = [
            (
                email_normalize(each.email or "") or None,
                each.email or None,
                each.name or each.partner_id.name or None,
                each.company_name or None,
                each.partner_id.country_id.id or None,
                each.id,
            )
            for each in registrations
        ]
        emails, raws, names, companies, countries, ids = [
            list(column) for column in zip(*rows, strict=True)
        ] or [[]] * 6
        return SQL(
            """
            SELECT * FROM unnest(%s::text[], %s::text[], %s::text[], %s::text[],
                                 %s::int[], %s::int[])
                AS people (email, raw, name, company_name, country_id, res_id)
            """,
            emails,
            raws,
            names,
            companies,
            countries,
            ids,
        )

    def _source_name(self):
        if self.source == "event":
            return ", ".join(self.event_ids.mapped("name"))
        return super()._source_name()
