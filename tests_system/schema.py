"""What a database consists of, to compare before and after."""

from __future__ import annotations

from typing import NamedTuple

_QUERIES = {
    "columns": "SELECT table_name || '.' || column_name FROM information_schema.columns"
    " WHERE table_schema = 'public'",
    "models": "SELECT model FROM ir_model",
    "fields": "SELECT model || '.' || name FROM ir_model_fields",
    "menus": "SELECT id::text FROM ir_ui_menu",
    "views": "SELECT id::text FROM ir_ui_view",
    "actions": "SELECT id::text FROM ir_actions",
    "crons": "SELECT id::text FROM ir_cron",
    "groups": "SELECT id::text FROM res_groups",
    "privileges": "SELECT id::text FROM res_groups_privilege",
    "rules": "SELECT id::text FROM ir_rule",
    "rights": "SELECT id::text FROM ir_model_access",
    "activity types": "SELECT id::text FROM mail_activity_type",
    # other modules name what they lend to a model of ours; Odoo forgets to drop those
    "external ids": "SELECT name FROM ir_model_data WHERE module = 'newsletter_sync'",
}


class Schema(NamedTuple):
    """{kind: names}; ``extra`` tells what there is more than in another one."""

    names: dict[str, frozenset[str]]

    @classmethod
    def read(cls, postgres, database: str) -> Schema:
        return cls(
            {
                kind: frozenset(postgres.sql(query, database).splitlines())
                for kind, query in _QUERIES.items()
            }
        )

    def extra(self, other: Schema) -> dict[str, list[str]]:
        """What is here and not in the other one."""
        more = {
            kind: sorted(names - other.names[kind])
            for kind, names in self.names.items()
        }
        return {kind: names for kind, names in more.items() if names}
