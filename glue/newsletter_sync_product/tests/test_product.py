"""The product that a mailing list is about (C25)."""

from odoo.tests import Form, TransactionCase, new_test_user, tagged


@tagged("post_install", "-at_install")
class TestProduct(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.clerk = new_test_user(
            cls.env, "product.clerk", groups="newsletter_sync.group_user"
        )
        cls.product = cls.env["product.template"].create(
            {
                "name": "Spring course",
                "default_code": "SC-1",
                "description_sale": "Ten evenings",
            }
        )

    def _form(self, mailing_list=None):
        lists = self.env["mailing.list"].with_user(self.clerk)
        return Form(mailing_list or lists)

    def test_the_product_fills_what_is_empty(self):
        with self._form() as form:
            form.newsletter_product_id = self.product
        mailing_list = form.record
        self.assertEqual(mailing_list.newsletter_product_id, self.product)
        self.assertEqual(
            (
                mailing_list.name,
                mailing_list.newsletter_short_name,
                mailing_list.newsletter_description,
            ),
            ("Spring course", "SC-1", "Ten evenings"),
        )
        # responsible and date are prefilled anyway
        self.assertEqual(mailing_list.newsletter_user_id, self.clerk)
        self.assertTrue(mailing_list.newsletter_date)

    def test_nothing_that_somebody_wrote_is_overwritten(self):
        mailing_list = self.env["mailing.list"].create(
            {"name": "Guests", "newsletter_short_name": "G"}
        )
        with self._form(mailing_list.with_user(self.clerk)) as form:
            form.newsletter_product_id = self.product
        self.assertEqual(
            (mailing_list.name, mailing_list.newsletter_short_name), ("Guests", "G")
        )
        with self._form(mailing_list.with_user(self.clerk)) as form:
            form.newsletter_product_id = self.env["product.template"]
        self.assertEqual(mailing_list.newsletter_description, "Ten evenings")

    def test_deleting_the_product_leaves_the_list(self):
        mailing_list = self.env["mailing.list"].create(
            {"name": "Guests", "newsletter_product_id": self.product.id}
        )
        self.product.unlink()
        self.env.invalidate_all()
        self.assertTrue(mailing_list.exists())
        self.assertFalse(mailing_list.newsletter_product_id)
