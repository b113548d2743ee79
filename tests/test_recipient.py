"""Names and salutations: derived from the record, edited by people, derived again."""

from types import SimpleNamespace

from odoo.tests import Form, TransactionCase, tagged


@tagged("post_install", "-at_install")
class TestRecipient(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.lang"]._activate_lang("de_DE")

    def _partner(self, name, **values):
        return self.env["res.partner"].create(
            {"name": name, "email": "anna@example.org", "lang": "de_DE", **values}
        )

    # --- derived -----------------------------------------------------------------
    def test_parts_of_a_full_name(self):
        partner = self._partner("Frau Prof. Dr. Ulrike Maria Scholz")
        self.assertEqual(partner.newsletter_salutation, "mrs")
        self.assertEqual(partner.newsletter_anrede, "Frau")
        self.assertEqual(partner.newsletter_title, "Prof. Dr.")
        self.assertEqual(partner.newsletter_firstname, "Ulrike Maria")
        self.assertEqual(partner.newsletter_lastname, "Scholz")
        self.assertEqual(
            partner.newsletter_letter_salutation, "Sehr geehrte Frau Prof. Dr. Scholz,"
        )

    def test_the_language_of_the_person_decides(self):
        partner = self._partner("Herr Björn Färber", lang="en_US")
        self.assertEqual(partner.newsletter_letter_salutation, "Dear Mr. Färber,")
        self.assertEqual(partner.newsletter_anrede, "Mr.")
        partner.lang = "de_DE"
        self.assertEqual(
            partner.newsletter_letter_salutation, "Sehr geehrter Herr Färber,"
        )

    def test_nobody_is_guessed_to_be_a_man_or_a_woman(self):
        partner = self._partner("Andrea Färber")
        self.assertFalse(partner.newsletter_salutation)
        self.assertEqual(
            partner.newsletter_letter_salutation, "Guten Tag Andrea Färber,"
        )

    def test_companies_have_no_first_name(self):
        company = self._partner("Färber & Söhne GmbH", is_company=True)
        self.assertFalse(company.newsletter_firstname)
        self.assertFalse(company.newsletter_lastname)
        self.assertEqual(company.newsletter_company, "Färber & Söhne GmbH")
        self.assertEqual(
            company.newsletter_letter_salutation, "Sehr geehrte Damen und Herren,"
        )

    def test_a_contact_of_a_company(self):
        company = self._partner("Example Ltd", is_company=True)
        partner = self._partner("Frau Anna Kurz", parent_id=company.id)
        self.assertEqual(partner.newsletter_company, "Example Ltd")
        self.assertEqual(partner.newsletter_lastname, "Kurz")

    def test_mailing_contact_and_lead(self):
        contact = self.env["mailing.contact"].create(
            {"first_name": "Mia", "last_name": "Muster", "email": "mia@example.org"}
        )
        self.assertEqual(contact.newsletter_firstname, "Mia")
        self.assertEqual(contact.newsletter_lastname, "Muster")
        lead = self.env["crm.lead"].create(
            {
                "name": "Offer",
                "partner_name": "Example Ltd",
                "email_from": "a@example.org",
            }
        )
        self.assertEqual(lead.newsletter_company, "Example Ltd")
        self.assertFalse(lead.newsletter_lastname)
        lead.contact_name = "Herr Leo Lead"
        self.assertEqual(lead.newsletter_lastname, "Lead")

    def test_names_that_are_kept_apart_are_not_guessed(self):
        contact = self.env["mailing.contact"].create(
            {"last_name": "García Márquez", "email": "gabriel@example.org"}
        )
        self.assertFalse(contact.newsletter_firstname)
        self.assertEqual(contact.newsletter_lastname, "García Márquez")

    # --- edited ------------------------------------------------------------------
    def test_what_was_typed_stays_when_the_name_changes(self):
        partner = self._partner("Anna Kurz")
        partner.newsletter_lastname = "Kurz-Lang"
        partner.name = "Anna Mittel"
        self.assertEqual(partner.newsletter_lastname, "Kurz-Lang")
        self.assertEqual(partner.newsletter_firstname, "Anna")
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertEqual(partner.newsletter_lastname, "Kurz-Lang")

    def test_the_letter_salutation_follows_at_once(self):
        partner = self._partner("Ulrike Scholz")
        partner.newsletter_salutation = "mrs"
        self.assertEqual(
            partner.newsletter_letter_salutation, "Sehr geehrte Frau Scholz,"
        )
        partner.newsletter_title = "Dr."
        self.assertEqual(
            partner.newsletter_letter_salutation, "Sehr geehrte Frau Dr. Scholz,"
        )

    def test_clearing_derives_anew_at_once(self):
        partner = self._partner("Frau Ulrike Scholz")
        parts = ("salutation", "firstname", "lastname", "letter_salutation")
        names = [f"newsletter_{part}" for part in parts]
        derived = [partner[name] for name in names]
        typed = ["mr", "Other", "Name", "Hello!"]
        for name, text in zip(names, typed, strict=True):
            partner[name] = text
            self.assertEqual(partner[name], text)
        for name in names:
            partner[name] = False
        self.assertEqual([partner[name] for name in names], derived)
        self.assertFalse(partner.newsletter_edited)

    def test_several_parts_in_one_write_and_at_creation(self):
        values = {"newsletter_title": "Dr.", "newsletter_lastname": "Scholz"}
        partner = self._partner("Somebody")
        partner.write(values)
        self.assertEqual(
            partner.newsletter_edited, {"title": "Dr.", "lastname": "Scholz"}
        )
        partner = self._partner("Somebody", **values)
        self.assertEqual(
            partner.newsletter_edited, {"title": "Dr.", "lastname": "Scholz"}
        )

    def test_in_the_form(self):
        partner = self._partner("Frau Ulrike Scholz")
        with Form(partner) as form:
            form.newsletter_letter_salutation = "Liebe Ulrike,"
        self.assertEqual(partner.newsletter_letter_salutation, "Liebe Ulrike,")
        with Form(partner) as form:
            form.newsletter_letter_salutation = False
        self.assertEqual(
            partner.newsletter_letter_salutation, "Sehr geehrte Frau Scholz,"
        )

    def test_a_copy_is_derived_from_its_own_name(self):
        partner = self._partner("Anna Kurz", newsletter_lastname="Other")
        self.assertFalse(partner.copy({"name": "Eva Lang"}).newsletter_edited)

    # --- other addons' fields ------------------------------------------------------
    def _source(self, **values):
        """What is read from a contact that has these fields as well."""
        partner = SimpleNamespace(
            ensure_one=lambda: None,
            is_company=False,
            lang="de_DE",
            name="Scholz, Ulrike",
            commercial_company_name=False,
            **values,
        )
        partner._fields = values
        return type(self.env["res.partner"])._newsletter_source(partner)

    def test_separate_names_are_taken_where_an_addon_keeps_them(self):
        source = self._source(firstname="Ulrike", lastname="Scholz")
        self.assertEqual(source["firstname"], "Ulrike")
        self.assertEqual(source["lastname"], "Scholz")
        self.assertNotIn("firstname", self._source())

    def test_the_title_is_taken_where_an_addon_keeps_it(self):
        class Title(dict):
            """A title record; ``in`` and ``[]`` answer as a record does."""

            name = "Doctor"

            def __bool__(self):
                return True

        self.assertEqual(self._source(title=Title(shortcut="Dr."))["title"], "Dr.")
        self.assertEqual(self._source(title=Title())["title"], "Doctor")

    # --- cost --------------------------------------------------------------------
    def test_nothing_derived_is_stored(self):
        for model in ("res.partner", "mailing.contact", "crm.lead"):
            fields = self.env[model]._fields.values()
            computed = [
                field
                for field in fields
                if field.name.startswith("newsletter_") and field.compute
            ]
            self.assertGreater(len(computed), 6, model)
            stored = [field.name for field in computed if field.store]
            self.assertEqual(stored, [], model)
