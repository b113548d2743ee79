"""Write many rows in one statement, as the ORM would have written them one by one."""

import inspect
import json
from collections.abc import Mapping
from datetime import date, datetime

from odoo import api, models
from odoo.tools import SQL

#: addons whose ``create`` and ``write`` are known to add nothing to a plain row
_KNOWN_ADDONS = frozenset(
    {
        *("base", "web", "bus", "mail", "portal", "phone_validation"),
        *("mass_mailing", "mass_mailing_sms", "mass_mailing_crm", "crm"),
        "newsletter_sync",
    }
)


class NewsletterSetWise(models.AbstractModel):
    """For hundreds to a million rows of our own models, and plain rows of others.

    Nothing that hangs on ``create`` and ``write`` happens here, so ``_is_plain`` is
    asked first where the model is not ours.
    """

    _name = "newsletter.set.wise"
    _description = "Newsletter Set-wise Writing"

    # --- rows of our own ------------------------------------------------------------
    @api.model
    def _create(self, model_name, rows):
        """Records like those of ``create``, by one statement for all.

        What is computed and stored, or follows from a relation, is given with the rows.
        Where another addon would notice, the ORM creates them.

        :param rows: dicts of values as for ``create``, each with the same keys
        """
        model = self.env[model_name]
        if not rows or not self.env.su or not self._is_plain(model_name, rows[0]):
            return model.create(rows)
        defaults = model._add_missing_default_values({})
        columns = {
            name: field
            for name, field in model._fields.items()
            if (name in rows[0] or name in defaults)
            and field.store
            and field.column_type
            and name not in models.MAGIC_COLUMNS
        }
        ids = self._insert(
            model_name,
            [
                {
                    name: _as_column(field, row.get(name, defaults.get(name)))
                    for name, field in columns.items()
                }
                for row in rows
            ],
        )
        for field in columns.values():
            for inverse in model.pool.field_inverses[field]:
                self.env[inverse.model_name].invalidate_model([inverse.name])
        return model.browse(ids)

    @api.model
    def _insert(self, model_name, rows):
        """Insert rows, each a dict with the same keys as the first.

        :return: the new ids in the order of the rows
        """
        if not rows:
            return []
        model = self.env[model_name]
        self.env.cr.execute(
            SQL(
                "SELECT nextval(%s) FROM generate_series(1, %s)",
                f"{model._table}_id_seq",
                len(rows),
            )
        )
        ids = [number for (number,) in self.env.cr.fetchall()]
        names = [*rows[0], "id"]
        columns = self._given(names) | self._stamps(model, ("create", "write"))
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO %(table)s (%(names)s)
                SELECT %(values)s
                  FROM jsonb_to_recordset(%(rows)s) AS given (%(types)s)
                """,
                table=SQL.identifier(model._table),
                names=self._listed(columns),
                values=SQL(", ").join(columns.values()),
                rows=as_json(
                    [{**row, "id": id_} for row, id_ in zip(rows, ids, strict=True)]
                ),
                types=self._types(model, names),
            )
        )
        model.invalidate_model()
        return ids

    @api.model
    def _update(self, model_name, rows):
        """Update rows by ``id``; each is a dict with the same keys as the first."""
        if not rows:
            return
        model = self.env[model_name]
        names = [name for name in rows[0] if name != "id"]
        columns = self._given(names) | self._stamps(model, ("write",))
        self.env.cr.execute(
            SQL(
                """
                UPDATE %(table)s AS present
                   SET (%(names)s) = ROW(%(values)s)
                  FROM jsonb_to_recordset(%(rows)s) AS given (%(types)s)
                 WHERE present.id = given.id
                """,
                table=SQL.identifier(model._table),
                names=self._listed(columns),
                values=SQL(", ").join(columns.values()),
                rows=as_json(rows),
                types=self._types(model, [*names, "id"]),
            )
        )
        model.invalidate_model()

    def _stamps(self, model, kinds):
        """Who and when, for models that log it."""
        if not model._log_access:
            return {}
        now = SQL("now() AT TIME ZONE 'UTC'")
        return {
            f"{kind}_{what}": value
            for kind in kinds
            for what, value in (("uid", SQL("%s", self.env.uid)), ("date", now))
        }

    @staticmethod
    def _given(names):
        """{column: SQL over the rows that were given}"""
        return {name: SQL.identifier("given", name) for name in names}

    @staticmethod
    def _listed(names):
        return SQL(", ").join(map(SQL.identifier, names))

    @staticmethod
    def _types(model, names):
        return SQL(", ").join(
            SQL(
                "%s %s",
                SQL.identifier(name),
                SQL("int4" if name == "id" else model._fields[name].column_type[1]),
            )
            for name in names
        )

    # --- rows of others -------------------------------------------------------------
    @api.model
    def _is_plain(self, model_name, columns=()):
        """Whether a row may be written by SQL: no other addon would notice.

        One would if it overrides ``create`` or ``write`` (an automation rule does), or
        adds a field that is required or computed and stored.

        :param columns: what is going to be written
        """
        model = self.env[model_name]
        return all(
            module in _KNOWN_ADDONS
            for name in ("create", "write")
            for module in _modules_of(type(model), name)
        ) and not any(
            field.store
            and field.name not in columns
            and field._module not in _KNOWN_ADDONS
            and (field.required or field.compute)
            for field in model._fields.values()
        )

    @api.model
    def _defaults(self, model_name, given):
        """{column: SQL} of the fields that a new row gets without being asked."""
        # sudo: the engine writes; defaults of the acting user hold all the same
        model = self.env[model_name].sudo()
        values = model._add_missing_default_values({})
        return {
            name: SQL("%s", field.convert_to_column_insert(values[name], model))
            for name, field in model._fields.items()
            if name in values
            and name not in given
            and field.store
            and field.column_type
            and name not in models.MAGIC_COLUMNS
        }


def _modules_of(registry_class, name):
    """Names of the addons whose classes bring a method of their own."""
    for cls in registry_class.__mro__:
        method = cls.__dict__.get(name)
        if method is None or cls in (models.BaseModel, models.Model):
            continue
        # decorators and patches (automation rules) are unwrapped to who wrote them
        parts = inspect.unwrap(method).__module__.split(".")
        if parts[:2] == ["odoo", "addons"]:
            yield parts[2]
        elif parts[:2] != ["odoo", "orm"]:
            yield parts[0]


def _as_column(field, value):
    """What stands in the column; only a tick knows False from nothing."""
    return None if value is False and field.type != "boolean" else value


def as_json(rows):
    """Rows as a JSON text that PostgreSQL takes."""
    text = json.dumps(rows, default=_plain)
    # what neither JSON nor any text of PostgreSQL may hold
    if "\\u0000" in text or "\\ud" in text:
        text = json.dumps(_cleaned(rows), default=_plain)
    return text


def _cleaned(value):
    """Without NUL and without halves of a pair of surrogates."""
    if isinstance(value, str):
        return value.replace("\0", "").encode("utf-8", "replace").decode()
    if isinstance(value, dict):
        return {_cleaned(key): _cleaned(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_cleaned(each) for each in value]
    return value


def _plain(value):
    if isinstance(value, datetime):
        return value.isoformat(" ", "seconds")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"no value for a column: {value!r}")
