"""Contacts near a place as people of a mailing list (C19)."""

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

#: mean radius of the earth and length of a degree of latitude, in kilometres
_EARTH, _DEGREE = 6371.0, 111.0


class NewsletterListOperation(models.TransientModel):
    _inherit = "newsletter.list.operation"

    source = fields.Selection(
        selection_add=[("radius", "Contacts near a place")],
        ondelete={"radius": "cascade"},
    )
    place = fields.Char(
        help="An address, a town or a ZIP code. The button sends it to the map service "
        "of the settings; the contacts' own coordinates stay here."
    )
    country_id = fields.Many2one(
        "res.country", default=lambda self: self.env.company.country_id
    )
    latitude = fields.Float(digits=(10, 7))
    longitude = fields.Float(digits=(10, 7))
    kilometres = fields.Float(default=20.0, digits=(10, 1))

    @api.onchange("latitude", "longitude", "kilometres")
    def _onchange_radius(self):
        self._onchange_choice()

    @api.model
    def _choice_fields(self):
        return [*super()._choice_fields(), "latitude", "longitude", "kilometres"]

    def action_find_place(self):
        """Ask the map service for the coordinates; nothing is written before.

        :raises UserError: it does not know the place
        """
        self.ensure_one()
        self._check()
        if not (self.place or "").strip():
            raise UserError(self.env._("Enter an address, a town or a ZIP code."))
        geocoder = self.env["base.geocoder"]
        country = self.country_id
        asked = ", ".join(filter(None, (self.place.strip(), country.name)))
        found = geocoder.geo_find(asked, force_country=country.name)
        if not found:
            raise UserError(
                self.env._(
                    "The map service does not know “%s”. Write it otherwise, or enter "
                    "the coordinates.",
                    self.place,
                )
            )
        latitude, longitude = found
        self.write({"latitude": latitude, "longitude": longitude, "step": "choose"})
        return self._show()

    def _people_of_radius(self):
        """Contacts with coordinates within the distance, along the great circle.

        A box of degrees comes first: it needs no sine for each contact.
        """
        latitude, longitude = self.latitude, self.longitude
        if not (latitude or longitude):
            raise UserError(
                self.env._("Find the place first, or enter its coordinates.")
            )
        if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
            raise UserError(
                self.env._("A latitude goes to 90 degrees, a longitude to 180.")
            )
        if not 0 < self.kilometres <= 20_000:
            raise UserError(self.env._("Enter a distance of 1 to 20,000 kilometres."))
        return SQL(
            """
            SELECT people.* FROM (%(people)s) people
              JOIN res_partner spot ON spot.id = people.res_id
             WHERE (spot.partner_latitude <> 0 OR spot.partner_longitude <> 0)
               AND abs(spot.partner_latitude - %(latitude)s) <= %(box)s
               AND 2 * %(earth)s * asin(LEAST(1, sqrt(
                       sin(radians(spot.partner_latitude - %(latitude)s) / 2) ^ 2
                       + cos(radians(%(latitude)s))
                       * cos(radians(spot.partner_latitude))
                       * sin(radians(spot.partner_longitude - %(longitude)s) / 2) ^ 2
                   ))) <= %(kilometres)s
            """,
            people=self._everybody(),
            latitude=latitude,
            longitude=longitude,
            box=self.kilometres / _DEGREE + 0.01,
            earth=_EARTH,
            kilometres=self.kilometres,
        )

    def _everybody(self):
        """All contacts that the user may see."""
        people = self.env["newsletter.list.people"]
        return people._filtered("contact", "[]", self.env.user, self.company_id)

    def _source_warning(self):
        """A search by distance finds nobody without coordinates; that is said."""
        if self.source != "radius":
            return super()._source_warning()
        self.env.cr.execute(
            SQL(
                """
                SELECT count(*) FROM (%s) people
                  JOIN res_partner spot ON spot.id = people.res_id
                 WHERE people.email IS NOT NULL
                   AND COALESCE(spot.partner_latitude, 0) = 0
                   AND COALESCE(spot.partner_longitude, 0) = 0
                """,
                self._everybody(),
            )
        )
        count = self.env.cr.fetchone()[0]
        if not count:
            return False
        return self.env._(
            "%s contacts with an address have no coordinates and are not found. "
            "Geolocate them on their form.",
            count,
        )

    def _source_name(self):
        if self.source == "radius":
            place = self.place or f"{self.latitude:.4f}, {self.longitude:.4f}"
            return self.env._(
                "%(kilometres)s km around %(place)s",
                kilometres=f"{self.kilometres:g}",
                place=place,
            )
        return super()._source_name()
