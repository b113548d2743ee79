"""Choosing the list anew keeps whatever was set at the coupling."""

from odoo.models import MAGIC_COLUMNS
from odoo.tests import tagged

from ..models.newsletter_coupling_settings import OF_THE_PAIR
from .common_coupling_change import CouplingChangeCase

_OTHER = {"boolean": True, "integer": 7, "float": 4.5}


@tagged("post_install", "-at_install")
class TestCouplingSettings(CouplingChangeCase):
    def setUp(self):
        super().setUp()
        self.mappings = self.env["newsletter.field.mapping"]
        self.other = self._other_list()

    def _row(self, name, coupling=None, **values):
        return self.mappings.create(
            {
                "connection_id": self.connection.id,
                "coupling_id": (coupling or self.coupling).id,
                "path": "name",
                "label": name,
                "remote_name": name,
                **values,
            }
        )

    def _move(self, name="choose_anew", remote_list=None):
        """As a manager does it, who may not edit the field mapping."""
        change = self._open(name, self.manager)
        if name == "choose_anew":
            change.remote_list_id = remote_list or self.other
        else:
            change.remote_id = self.other.remote_id
        change.action_next()
        self._confirm(change)
        return self.mailing_list.newsletter_coupling_ids

    # --- settings -----------------------------------------------------------------
    def test_every_setting_is_taken_along(self):
        """Walks the fields, so that a new one cannot be forgotten."""
        names = [
            name
            for name, field in self.coupling._fields.items()
            if field.store
            and field.column_type
            and not field.readonly
            and name not in MAGIC_COLUMNS
        ]
        self.assertLess(OF_THE_PAIR, set(names), "a name of the list is no field")
        names = [name for name in names if name not in OF_THE_PAIR]
        for name in ("record_reactions", "fetch_minutes", "whole_days", "description"):
            self.assertIn(name, names)
        before = {name: self._another(name) for name in names}
        self.coupling.write(before)
        (before,) = self.coupling.read(names, load=None)
        new = self._move()
        self.assertNotEqual(new, self.coupling)
        (after,) = new.read(names, load=None)
        self.assertEqual({**after, "id": 0}, {**before, "id": 0})

    def _another(self, name):
        """A value of a field that is not its default."""
        field, value = self.coupling._fields[name], self.coupling[name]
        if field.type == "selection":
            return next(each for each in field.get_values(self.env) if each != value)
        if field.type == "many2one":
            found = self.env[field.comodel_name].search(
                [("id", "!=", value.id), *self._reachable(field)], limit=1
            )
            return found.id
        if field.type == "boolean":
            return not value
        return _OTHER.get(field.type, "Something else")

    def _reachable(self, field):
        if field.comodel_name == "newsletter.opt.in.process":
            return [("connection_id", "=", self.connection.id)]
        return []

    def test_a_paused_coupling_stays_paused(self):
        self.coupling.action_pause()
        self.assertEqual(self._move().state, "paused")

    # --- field mapping and rules ----------------------------------------------------
    def test_what_is_not_transferred_is_not_transferred_there_either(self):
        self._row("town", record_type="res.partner", direction="none")
        new = self._move("enter_id")
        (row,) = self.mappings.search([("coupling_id", "=", new.id)])
        self.assertEqual(
            (row.remote_name, row.record_type, row.direction),
            ("town", "res.partner", "none"),
        )

    def test_rules_go_along_and_name_the_new_rows(self):
        own = self._row("town", direction="both")
        general = self.connection.mapping_ids.filtered(lambda row: not row.coupling_id)
        rules = self.env["newsletter.field.rule"]
        rules._say(self.coupling, {own.id: "tool", general[0].id: "ask"})
        new = self._move()
        (row,) = self.mappings.search([("coupling_id", "=", new.id)])
        said = {row.id: "tool", general[0].id: "ask"}
        self.assertEqual(new._remembered_rules(), said)
        self.assertEqual(new.field_rule_ids.user_id, self.env.user)

    def test_a_revived_coupling_forgets_its_own_rows_and_rules(self):
        revived = self._couple(
            mailing_list=self.env["mailing.list"].create({"name": "Before"}),
            remote_id=self.other.remote_id,
        )
        same = self._row("town", revived, path="display_name")
        gone = self._row("street", revived)
        said = dict.fromkeys((gone + same).ids, "ask")
        self.env["newsletter.field.rule"]._say(revived, said)
        revived._uncouple()
        self._row("Town", record_type="any", direction="none")
        new = self._move()
        self.assertEqual(new, revived)
        (row,) = self.mappings.search([("coupling_id", "=", new.id)])
        self.assertEqual((row, row.path, row.direction), (same, "name", "none"))
        self.assertFalse(new.field_rule_ids)
