"""What a person whom only the tool knew becomes in Odoo.

One recipe for both ways: a record made by the ORM, and a hundred thousand rows made by
one statement (``newsletter_enter``).
"""

import json

from odoo import api, models
from odoo.tools import SQL
from odoo.tools.misc import get_lang

from ..sync.salutation import ANREDE, FALLBACK

#: path of a mapping -> column of a mailing contact that holds it
_COLUMNS = {
    "newsletter_firstname": "first_name",
    "newsletter_lastname": "last_name",
    "newsletter_company": "company_name",
}


class Recipe:
    """Which of the mapped values have a place in a new record.

    A value without a place is not taken over, and so it is nothing that both sides
    agree on. The letter salutation has none on purpose: it follows from the names, and
    would stay the same for ever if it was pinned.

    ``columns``: {key: column}; ``title`` and ``salutation``: a key or ""; ``words``:
    {word of the tool: code of the salutation}.
    """

    def __init__(self, model, mappings):
        self.columns, self.title, self.salutation = {}, "", ""
        lang = (get_lang(model.env).code or FALLBACK)[:2]
        self.words = {word: code for code, word in ANREDE.get(lang, {}).items()}
        read = mappings._travelling().filtered("remote_name")
        self.keys = [str(mapping.id) for mapping in read]
        self.typed = any(
            mapping._remote_type().value not in ("text", "choice") for mapping in read
        )
        for mapping in mappings._for_kind(model._name) & read:
            key, path = str(mapping.id), mapping.path
            field = model._fields.get(path)
            column = _COLUMNS.get(path)
            if path == "newsletter_title":
                self.title = key
            elif path == "newsletter_anrede":
                self.salutation = key
            elif not column and field is not None and _is_text_column(field):
                column = path
            # one of two values for the same column has no place in it
            if column and column not in self.columns.values():
                self.columns[key] = column

    def taken(self, values):
        """The keys of the values that have a place."""
        keys = values.keys() & {*self.columns, self.title}
        if values.get(self.salutation) in self.words:
            keys |= {self.salutation}
        return keys

    def row(self, values, email):
        """Columns of a mailing contact; nobody is without a name but a company."""
        row = {name: str(values.get(key) or "") for key, name in self.columns.items()}
        edited = {}
        if title := values.get(self.title):
            edited["title"] = title
        if code := self.words.get(values.get(self.salutation)):
            edited["salutation"] = code
        names = (row.get("first_name"), row.get("last_name"))
        name = row.get("name") or " ".join(name for name in names if name)
        if not name and not row.get("company_name"):
            name = email
        row.update(name=name, email=email, newsletter_edited=edited)
        return {column: value for column, value in row.items() if value}

    # --- the same for many people: over the rows of ``newsletter_stranger`` ----------
    def sql(self):
        """{column of a mailing contact: SQL}"""
        row = {
            name: SQL("NULLIF(stranger.values->>%s, '')", key)
            for key, name in self.columns.items()
        }
        nothing = SQL("NULL")
        name = SQL(
            "COALESCE(%s, NULLIF(concat_ws(' ', %s, %s), ''),"
            " CASE WHEN %s IS NULL THEN stranger.email END)",
            *(row.get(part, nothing) for part in ("name", "first_name", "last_name")),
            row.get("company_name", nothing),
        )
        edited = SQL(
            "NULLIF(jsonb_strip_nulls(jsonb_build_object("
            "'title', stranger.values->%s, 'salutation', %s->>(stranger.values->>%s)"
            ")), '{}')",
            self.title,
            SQL("%s::jsonb", json.dumps(self.words)),
            self.salutation,
        )
        email = SQL("stranger.email")
        return {**row, "name": name, "email": email, "newsletter_edited": edited}

    def sql_taken(self):
        """The values without those that have no place."""
        placed = {*self.columns, self.title, self.salutation}
        return SQL(
            "(stranger.values - %s::text[]"
            " - CASE WHEN stranger.values->>%s = ANY(%s) THEN '' ELSE %s END)",
            [key for key in self.keys if key not in placed],
            self.salutation,
            list(self.words),
            self.salutation,
        )


class NewsletterNewcomer(models.AbstractModel):
    _name = "newsletter.newcomer"
    _description = "Newsletter Newcomer"

    @api.model
    def _recipe(self, model, mappings):
        return Recipe(self.env[model], mappings)

    @api.model
    def _reader(self, recipe, case):
        """(values of a new mailing contact, keys of those that it holds)"""
        if record := case.record:
            name = case.person.name or record.display_name
            # a contact that was created just now has the tool's address
            email = case.address.email or case.remote.email
            return {"name": name, "email": email}, set()
        values = case.outcome.local.values
        return recipe.row(values, case.remote.email), recipe.taken(values)

    @api.model
    def _contact(self, recipe, case):
        """(values of a new contact, keys of those that it holds)

        Names are derived from the one name of a contact.
        """
        values = case.outcome.local.values
        row = recipe.row(values, case.remote.email)
        if "name" not in row:
            row.update(name=row.pop("company_name"), is_company=True)
        partner = self.env["res.partner"]
        for name in ("first_name", "last_name"):
            value, plain = row.pop(name, None), name.replace("_", "")
            # fields of OCA's partner_firstname, where it is installed
            if value and plain in partner._fields:
                row[plain] = value
        return row, recipe.taken(values)


def _is_text_column(field):
    return (
        field.type in ("char", "text")
        and field.store
        and field.column_type
        and not field.compute
        and not field.readonly
        and not field.translate
        and not field.company_dependent
    )
