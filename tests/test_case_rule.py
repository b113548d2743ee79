"""Rules for incoming mails are data that an administrator can extend."""

from odoo.exceptions import AccessError, ValidationError
from odoo.tests import Form, TransactionCase, new_test_user, tagged

from ..inbox.classify import classify

MAIL = b"From: a@example.org\nSubject: x\n\n%s"


@tagged("post_install", "-at_install")
class TestCaseRule(TransactionCase):
    def setUp(self):
        super().setUp()
        self.rules = self.env["newsletter.case.rule"]

    def _class_of(self, text):
        return classify(MAIL % text.encode(), self.rules._rule_book()).mail_class.value

    def test_an_administrators_rule_counts_at_once(self):
        text = "Mir langt's, servus beinand"
        self.assertEqual(self._class_of(text), "other")
        rule = self.rules.create(
            {
                "name": "Bayerisch",
                "mail_class": "wants_out",
                "weight": 85,
                "pattern": "mir langt's",
            }
        )
        self.assertEqual(self._class_of(text), "wants_out")
        rule.active = False
        self.assertEqual(self._class_of(text), "other")
        rule.active = True
        rule.unlink()
        self.assertEqual(self._class_of(text), "other")

    def test_a_bad_pattern_is_refused_with_its_line(self):
        for pattern, kind, told in (
            ("keine mails\nab", "phrases", "three letters.\nab"),
            ("keine (mails", "phrases", "bracket"),
            ("(a", "regex", "missing"),
            ("(?=a)b", "regex", "Look-around"),
        ):
            with self.assertRaisesRegex(ValidationError, told):
                self.rules.create(
                    {
                        "name": "Bad",
                        "mail_class": "wants_out",
                        "kind": kind,
                        "pattern": pattern,
                    }
                )

    def test_try_it_says_what_is_found(self):
        form = Form(self.rules)
        form.name = "Trial"
        form.mail_class = "wants_out"
        form.pattern = "genug … post"
        form.trial_text = "Ich habe genug von Ihrer Post!"
        self.assertIn("genug von ihrer post", form.trial_result)
        form.trial_text = "Hallo"
        self.assertIn("does not fit", form.trial_result)
        form.pattern = "("
        self.assertIn("bracket", form.trial_result)

    def test_only_administrators_write_rules(self):
        manager = new_test_user(
            self.env, "case.manager", groups="newsletter_sync.group_manager"
        )
        rule = self.rules.search([], limit=1)
        self.assertTrue(rule.with_user(manager).name)
        with self.assertRaises(AccessError):
            rule.with_user(manager).write({"weight": 10})

    def test_the_shipped_rules_are_all_in_use(self):
        self.assertFalse(self.rules._rule_book().broken)
        self.assertGreater(self.rules.search_count([]), 40)
