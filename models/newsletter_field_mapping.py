"""Which Odoo field goes to which attribute of the tool."""

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools.translate import LazyTranslate

from ..connectors.contract import FieldType
from .newsletter_record_kinds import MODELS

_lt = LazyTranslate(__name__)

#: the default set: Odoo field -> label under which it is created in the tool
DEFAULTS = {
    "newsletter_anrede": _lt("Salutation"),
    "newsletter_title": _lt("Title"),
    "newsletter_firstname": _lt("First name"),
    "newsletter_lastname": _lt("Last name"),
    "newsletter_company": _lt("Company"),
    "newsletter_letter_salutation": _lt("Letter salutation"),
}
#: names under which tools know these fields already
ALIASES = {
    "newsletter_anrede": "salutation,anrede,prefix",
    "newsletter_title": "title,titel",
    "newsletter_firstname": "firstname,first_name,fname,vorname,prenom",
    "newsletter_lastname": "lastname,last_name,lname,nachname,nom",
    "newsletter_company": "company,companyname,company_name,firma",
    "newsletter_letter_salutation": "letter_salutation,briefanrede,lettersal",
}


class NewsletterFieldMapping(models.Model):
    """One row of the field mapping, for all kinds of records or for one of them."""

    _name = "newsletter.field.mapping"
    _description = "Newsletter Field Mapping"
    _order = "connection_id, sequence, id"
    _rec_name = "label"
    _check_company_auto = True

    connection_id = fields.Many2one(
        "newsletter.connection", required=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(related="connection_id.company_id", store=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    record_type = fields.Selection(
        [
            ("any", "All kinds"),
            ("res.partner", "Contact"),
            ("company", "Company"),
            ("mailing.contact", "Mailing contact"),
            ("crm.lead", "Lead"),
        ],
        string="Kind of Record",
        default="any",
        required=True,
    )
    path = fields.Char(
        string="Odoo Field",
        required=True,
        help="Field of the record, or a path such as user_id.name.",
    )
    label = fields.Char(
        required=True, help="Label under which the field is created in the tool."
    )
    remote_name = fields.Char(
        string="Field in the Tool", help="Empty: found by its name, or created."
    )
    aliases = fields.Char(help="Names under which tools know this field.")
    direction = fields.Selection(
        [
            ("both", "Both ways"),
            ("to_tool", "Odoo → newsletter tool"),
            ("to_odoo", "Newsletter tool → Odoo"),
        ],
        default="to_tool",
        required=True,
    )
    rule = fields.Selection(
        [
            ("ask", "Ask"),
            ("odoo", "Odoo wins"),
            ("tool", "Newsletter tool wins"),
            ("newer", "Newer wins"),
        ],
        default="odoo",
        required=True,
    )

    @api.constrains("path", "record_type")
    def _check_path(self):
        for mapping in self:
            if problem := mapping._path_problem():
                raise ValidationError(problem)

    @api.model
    def _create_defaults(self, connections):
        """Salutation, title, names or company, letter salutation: no more leaves.

        The labels are those under which fields are created in the tool, so they are in
        the company's language.
        """
        self.create(
            [
                {
                    "connection_id": connection.id,
                    "sequence": 10 * number,
                    "path": path,
                    "label": connection.with_context(
                        lang=connection.company_id.partner_id.lang or self.env.lang
                    ).env._(label),
                    "aliases": ALIASES[path],
                }
                for connection in connections
                for number, (path, label) in enumerate(DEFAULTS.items(), 1)
            ]
        )

    def _target(self, record):
        """The field of the record itself that a value from the tool can be written to,
        or None: paths over relations and computed fields only ever go to the tool."""
        field = record._fields.get(self.path) if record else None
        if field is None or field.relational or field.type == "selection":
            return None
        writable = field.inverse or (field.store and not field.compute)
        return field if writable and not field.readonly else None

    def _direction(self, record):
        """The direction in which this row can really travel for a record."""
        if self.direction != "to_tool" and self._target(record) is None:
            return "to_tool"
        return self.direction

    def _targets(self, record, values):
        """Names of the fields that ``_write_values`` may write for these values."""
        return [
            mapping.path
            for mapping in self._for_kind(self._kind_of(record))
            if str(mapping.id) in values and mapping.direction != "to_tool"
        ]

    def _write_values(self, record, values):
        """Write what the tool says, as far as the record has a place for it.

        :param values: {mapping id as text: value}
        :return: the keys of the values that were written
        """
        written, keys = {}, set()
        for mapping in self._for_kind(self._kind_of(record)):
            key = str(mapping.id)
            field = mapping._target(record) if key in values else None
            if field is None or mapping.direction == "to_tool":
                continue
            value = values[key]
            if field.type in ("integer", "float", "monetary"):
                try:
                    value = float(value or 0)
                except ValueError:
                    continue
            written[mapping.path] = value or False
            keys.add(key)
        if written:
            record.write(written)
        return keys

    def _read_values(self, records):
        """{record id: {mapping id as text: value}} for the tool, in one pass.

        The parts of a name are asked for once for each record, and not one by one
        through fields that nobody will look at again.
        """
        result = {}
        for kind, group in self._by_kind(records).items():
            result.update(self._for_kind(kind)._read_alike(group))
        return result

    def _read_alike(self, records):
        """As ``_read_values``, of records of one kind for which all the rows hold."""
        result = {record.id: {} for record in records}
        parts = records._newsletter_parts() & set(self.mapped("path"))
        people = {each.id: each._newsletter_person() for each in records if parts}
        for mapping in self:
            key, path = str(mapping.id), mapping.path
            if path in parts:
                for record_id, person in people.items():
                    result[record_id][key] = person[path] or ""
                continue
            for record in records:
                result[record.id][key] = mapping._value(record)
        return result

    def _value(self, record):
        """The value behind the path, as text, number, truth or ISO day."""
        *way, last = self.path.split(".")
        for name in way:
            record = record[name][:1]
        field = record._fields[last]
        value = record[last]
        if field.relational:
            return ", ".join(value.mapped("display_name"))
        if field.type == "selection":
            return (
                dict(field._description_selection(record.env)).get(value, "")
                if value
                else ""
            )
        if field.type in ("date", "datetime"):
            return value.isoformat() if value else ""
        if field.type in ("integer", "float", "monetary", "boolean"):
            return value
        return value or ""

    def _remote_type(self):
        """The type under which a missing attribute is created in the tool."""
        *way, last = self.path.split(".")
        model = self.env[MODELS[self.record_type]]
        for name in way:
            model = self.env[model._fields[name].comodel_name]
        return {
            "integer": FieldType.NUMBER,
            "float": FieldType.NUMBER,
            "monetary": FieldType.NUMBER,
            "date": FieldType.DATE,
            "datetime": FieldType.DATETIME,
            "boolean": FieldType.BOOLEAN,
        }.get(model._fields[last].type, FieldType.TEXT)

    def _match(self, remote_fields):
        """Find each mapping's attribute by its name or an alias; remember it.

        :return: the mappings whose attribute is not in the tool
        """
        by_name = {field.name.lower(): field.name for field in remote_fields}
        missing = self.browse()
        taken = {
            (mapping.coupling_id, mapping.record_type, mapping.remote_name.lower())
            for mapping in self
            if mapping.remote_name
        }
        for mapping in self:
            if mapping.remote_name:
                if mapping.remote_name.lower() not in by_name:
                    missing |= mapping
                continue
            names = [mapping.label.lower(), *(mapping.aliases or "").split(",")]
            scope = (mapping.coupling_id, mapping.record_type)
            found = next(
                (
                    by_name[name]
                    for name in names
                    if name in by_name and (*scope, by_name[name].lower()) not in taken
                ),
                None,
            )
            if found:
                taken.add((*scope, found.lower()))
                mapping.remote_name = found
            else:
                missing |= mapping
        return missing
