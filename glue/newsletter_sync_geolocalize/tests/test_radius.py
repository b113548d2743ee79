"""Contacts within a distance of a place (C19)."""

from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.tests import Form, TransactionCase, tagged

#: town -> latitude and longitude
_TOWNS = {
    "Celle": (52.6226, 10.0815),
    "Hannover": (52.3759, 9.7320),  # 36 km from Celle
    "Hamburg": (53.5511, 9.9937),  # 103 km
    "Suva": (-18.1416, 178.4419),
    "Apia": (-13.8333, -171.7667),  # 1150 km from Suva, over the date line
}


@tagged("post_install", "-at_install")
class TestRadius(TransactionCase):
    def setUp(self):
        super().setUp()
        self.mailing_list = self.env["mailing.list"].create({"name": "Neighbours"})
        for town, (latitude, longitude) in _TOWNS.items():
            self.env["res.partner"].create(
                {
                    "name": town,
                    "email": f"{town.lower()}@example.org",
                    "partner_latitude": latitude,
                    "partner_longitude": longitude,
                }
            )
        self.env["res.partner"].create({"name": "No", "email": "nowhere@example.org"})

    def _near(self, town, kilometres, **values):
        latitude, longitude = _TOWNS[town]
        return self.env["newsletter.list.operation"].create(
            {
                "mailing_list_id": self.mailing_list.id,
                "source": "radius",
                "latitude": latitude,
                "longitude": longitude,
                "kilometres": kilometres,
                **values,
            }
        )

    @staticmethod
    def _carry_out(wizard):
        """As the dialog does: look, then apply."""
        wizard.action_preview()
        wizard.action_apply()

    def _found(self, town, kilometres):
        wizard = self._near(town, kilometres)
        wizard.action_preview()
        return {name for name in _TOWNS if name in (wizard.people or "")}

    def test_C19_by_distance(self):
        self.assertEqual(self._found("Celle", 30), {"Celle"})
        self.assertEqual(self._found("Celle", 40), {"Celle", "Hannover"})
        self.assertEqual(self._found("Celle", 100), {"Celle", "Hannover"})
        self.assertEqual(self._found("Celle", 110), {"Celle", "Hannover", "Hamburg"})
        # the trap: near each other, and far apart by their numbers
        self.assertEqual(self._found("Suva", 1200), {"Suva", "Apia"})

    def test_C19_add_and_remove(self):
        wizard = self._near("Celle", 40, place="29221 Celle")
        wizard.action_preview()
        self.assertIn("have no coordinates", wizard.warning)
        wizard.action_apply()
        self.assertEqual(len(self.mailing_list.contact_ids), 2)
        event = self.env["newsletter.event"].search([("code", "=", "list_operation")])
        self.assertIn("40 km around 29221 Celle", event.text)
        self._carry_out(self._near("Hannover", 5, operation="remove"))
        self.assertEqual(self.mailing_list.contact_ids.mapped("name"), ["Celle"])

    def test_find_the_place(self):
        wizard = self._near("Celle", 40, latitude=0, longitude=0)
        with self.assertRaisesRegex(UserError, "Find the place"):
            wizard.action_preview()
        with self.assertRaisesRegex(UserError, "Enter an address"):
            wizard.action_find_place()
        wizard.place = "29221 Celle"
        geocoder = type(self.env["base.geocoder"])
        with patch.object(geocoder, "geo_find", return_value=_TOWNS["Celle"]) as asked:
            wizard.action_find_place()
        self.assertIn("29221 Celle", asked.call_args.args[0])
        wizard.action_preview()
        self.assertEqual(wizard.count, 2)
        with (
            patch.object(geocoder, "geo_find", return_value=None),
            self.assertRaisesRegex(UserError, "does not know"),
        ):
            wizard.action_find_place()

    def test_another_distance_has_to_be_looked_at(self):
        wizard = self._near("Celle", 30)
        wizard.action_preview()
        form = Form(wizard)
        form.kilometres = 110
        self.assertEqual(form.step, "choose")
        wizard.kilometres = 110
        with self.assertRaisesRegex(UserError, "another choice"):
            wizard.action_apply()
        self.assertFalse(self.mailing_list.contact_ids)

    def test_numbers_that_are_no_place(self):
        for values in (
            {"latitude": 91},
            {"longitude": 181},
            {"kilometres": 0},
            {"kilometres": -5},
        ):
            with self.subTest(**values), self.assertRaises(UserError):
                self._near("Celle", 10).copy(values).action_preview()
