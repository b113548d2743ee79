"""What the screen of the field mapping shows: real examples, and problems."""

from odoo import api, fields, models
from odoo.fields import Domain

from .newsletter_record_kinds import MODELS

#: Odoo's kinds of field that fit an attribute of the tool without loss, both ways
FITS = {
    "number": ("integer", "float", "monetary"),
    "date": ("date", "datetime"),
    "datetime": ("datetime", "date"),
    "boolean": ("boolean",),
}


class NewsletterFieldMapping(models.Model):
    _inherit = "newsletter.field.mapping"

    model_name = fields.Char(compute="_compute_model_name")
    path_name = fields.Char(
        string="Field in Odoo",
        compute="_compute_path_name",
        help="The field, and the way to it, in the words of Odoo's screens.",
    )
    remote_type = fields.Selection(
        selection="_selection_remote_type",
        string="Type in the Tool",
        compute="_compute_remote_field",
    )
    example = fields.Char(
        compute="_compute_example",
        help="The value of a contact, lead or mailing contact that was changed last.",
    )
    problem = fields.Char(
        compute="_compute_problem", help="What does not fit; empty: all is well."
    )

    @api.model
    def _selection_remote_type(self):
        kind = self.env["newsletter.remote.field"]._fields["type"]
        return kind._description_selection(self.env)

    @api.depends("record_type")
    def _compute_model_name(self):
        for mapping in self:
            mapping.model_name = MODELS[mapping.record_type or "any"]

    @api.depends("path", "record_type")
    @api.depends_context("lang")
    def _compute_path_name(self):
        for mapping in self:
            valid = mapping.path and not mapping._path_problem()
            mapping.path_name = mapping._words() if valid else mapping.path

    def _words(self):
        """A valid path in words: ``Country › Country Code``."""
        model, words = self.env[self.model_name], []
        for name in self.path.split("."):
            field = model._fields[name]
            words.append(field._description_string(self.env))
            model = self.env[field.comodel_name] if field.relational else None
        return " › ".join(words)

    def _remote_field(self):
        """The mirrored attribute of the tool, empty if it is not there (yet)."""
        self.ensure_one()
        name = (self.remote_name or "").lower()
        return self.connection_id.remote_field_ids.filtered(
            lambda each: name and each.name.lower() == name
        )[:1]

    @api.depends("remote_name", "connection_id.remote_field_ids.type")
    def _compute_remote_field(self):
        for mapping in self:
            mapping.remote_type = mapping._remote_field().type

    def action_remove(self):
        """Take the row away; the button asks before."""
        connection = self.connection_id
        self.unlink()
        return connection.action_field_mapping()

    # --- the example -----------------------------------------------------------------
    @api.depends("path", "record_type")
    def _compute_example(self):
        # The values of others are shown as far as the user may read the records.
        records = {}
        for mapping in self:
            kind = mapping.record_type or "any"
            if kind not in records:
                records[kind] = mapping._example_record(kind)
            record = records[kind]
            valid = mapping.path and not mapping._path_problem()
            value = mapping._value(record) if valid and record else ""
            mapping.example = "" if value is False else str(value)[:80]

    @api.model
    def _example_record(self, kind):
        """A record that somebody knows: the one of a member, changed last."""
        model = self.env[MODELS[kind]]
        link = self.env["newsletter.member"]._record_field(model._name)
        if not model.has_access("read"):
            return model
        alike = Domain("is_company", "=", True) if kind == "company" else Domain.TRUE
        members = self.env["newsletter.member"].search(
            Domain(link, "!=", False) & Domain(link, "any", alike),
            order="synced_at desc, id desc",
            limit=1,
        )
        address = model._newsletter_email_field()
        return members[link] or model.search(
            Domain(address, "!=", False) & alike,
            order="write_date desc, id desc",
            limit=1,
        )

    # --- problems --------------------------------------------------------------------
    @api.depends(
        "path", "record_type", "direction", "remote_name", "connection_id.provider"
    )
    def _compute_problem(self):
        for mapping in self:
            mapping.problem = mapping._problem() or False

    def _problem(self):
        """The most important thing that does not fit, in plain words; "" if none."""
        self.ensure_one()
        if not self.path or not self.connection_id:
            return ""
        broken = self._path_problem()
        if broken:
            return broken
        remote = self._remote_field()
        if not remote and self.remote_name and self.connection_id.remote_field_ids:
            return self.env._(
                "The tool has no field “%s”. It is created with the next "
                "synchronisation, or choose another one.",
                self.remote_name,
            )
        if remote.read_only and self.direction != "to_odoo":
            return self.env._("The tool alone writes this field.")
        if self.direction in ("both", "to_odoo"):
            unwritable = self._unwritable()
            if unwritable:
                return unwritable
        kind = self._last_field().type
        if remote.type in FITS and kind not in FITS[remote.type]:
            return self.env._(
                "The field in the tool takes %(theirs)s; Odoo's is of another kind, "
                "so some values may be refused.",
                theirs=dict(remote._fields["type"]._description_selection(self.env))[
                    remote.type
                ],
            )
        return ""

    def _unwritable(self):
        """Why what the tool says cannot be written in Odoo, "" if it can be."""
        if "." in self.path:
            return self.env._(
                "Odoo does not write over relations: this field travels to the tool "
                "only."
            )
        field = self._last_field()
        if self._target(self.env[self.model_name]) is None:
            return self.env._(
                "Odoo computes “%s” itself: this field travels to the tool only.",
                field._description_string(self.env),
            )
        return ""

    def _last_field(self):
        """The field at the end of the path, for the kind of record of this row."""
        model = self.env[self.model_name]
        *way, last = self.path.split(".")
        for name in way:
            model = self.env[model._fields[name].comodel_name]
        return model._fields[last]

    def _path_problem(self):
        """What is wrong with the path, "" if every kind of record has it."""
        kinds = (
            ["res.partner", "mailing.contact", "crm.lead"]
            if self.record_type == "any"
            else [MODELS[self.record_type]]
        )
        for kind in kinds:
            problem = self._path_problem_of(self.env[kind])
            if problem:
                return problem
        return ""

    def _path_problem_of(self, model):
        kind = model._description
        for name in self.path.split("."):
            field = model._fields.get(name) if model is not None else None
            if field is None:
                return self.env._(
                    "“%(kind)s” has no field “%(path)s”. Choose another field, or say "
                    "for which kind of record this row is.",
                    kind=kind,
                    path=self.path,
                )
            model = self.env[field.comodel_name] if field.relational else None
        return ""


class NewsletterConnection(models.Model):
    _inherit = "newsletter.connection"

    remote_field_ids = fields.One2many(
        "newsletter.remote.field", "connection_id", string="Fields in the Tool"
    )
    unmapped_field_ids = fields.One2many(
        "newsletter.remote.field",
        compute="_compute_unmapped_field_ids",
        string="Not mapped yet",
    )
    can_create_field = fields.Boolean(compute="_compute_can_create_field")

    @api.depends("remote_field_ids.is_mapped")
    def _compute_unmapped_field_ids(self):
        for connection in self:
            connection.unmapped_field_ids = connection.remote_field_ids.filtered(
                lambda each: not each.is_mapped
            )

    @api.depends("provider")
    def _compute_can_create_field(self):
        for connection in self:
            can = connection.provider and connection._connector_class().capabilities
            connection.can_create_field = bool(can and can.create_field)

    def action_field_mapping(self):
        """The screen on which the tool's fields stand beside Odoo's."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Fields: %s", self.name),
            "res_model": self._name,
            "res_id": self.id,
            "views": [
                [
                    self.env.ref(
                        "newsletter_sync.newsletter_connection_view_form_mapping"
                    ).id,
                    "form",
                ]
            ],
        }

    def action_refresh_fields(self):
        """Read the tool's attributes again."""
        self.ensure_one()
        self.env["newsletter.remote.field"]._refresh_or_explain(self)
        return False

    def action_create_field(self):
        self.ensure_one()
        self.check_access("write")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("New field in the newsletter tool"),
            "res_model": "newsletter.field.creation",
            "view_mode": "form",
            "target": "new",
            "context": {"default_connection_id": self.id},
        }

    def action_default_mapping(self):
        """The default set again: what somebody mapped otherwise is removed."""
        self.ensure_one()
        self.check_access("write")
        mappings = self.env["newsletter.field.mapping"]
        mappings.search(
            [("connection_id", "=", self.id), ("coupling_id", "=", False)]
        ).unlink()
        mappings._create_defaults(self)
        remote = [each._as_remote() for each in self.remote_field_ids]
        mappings._of_connection(self)._match(remote)
        return False
