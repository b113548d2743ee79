"""One click carries out what a mail asks for (K01 to K08, J05, rules A3, B, C)."""

from odoo.exceptions import UserError

from .common_mailbox import AUTOMATIC, FIRM, MailboxCase

GONE = (
    "Ich bin nicht mehr im Unternehmen tätig. Bitte wenden Sie sich an meine "
    f"Nachfolgerin Frau Eva Klein (eva.klein@{FIRM})."
)
ANNA = f"anna.berg@{FIRM}"
EVA = f"eva.klein@{FIRM}"


class TestMailboxSteps(MailboxCase):
    # --- wants out --------------------------------------------------------------------
    def test_K01_W2_wants_out(self):
        case = self._receive("Bitte keine Mails mehr, danke.")
        self.assertFalse(self._left(ANNA), "nothing before the click")
        self._carry_out(case)
        leaving = self._left(ANNA)
        self.assertEqual(
            (leaving.channel, leaving.scope), ("reply", "everything"), leaving
        )
        self.assertIn("keine Mails mehr", leaving.reason)
        self.assertTrue(self._blocked(ANNA))
        self.assertIn("no more newsletters", self._notes(self.anna))
        self.assertEqual((case.state, case.done_by), ("done", self.clerk))

    def test_K01_a_stranger_leaves_as_well(self):
        case = self._receive("unsubscribe", sender="Nobody <nobody@example.net>")
        self.assertEqual(set(self._steps(case)), {"leave"})
        self._carry_out(case)
        self.assertTrue(self._left("nobody@example.net"))

    def test_K01_the_address_that_is_named_leaves_if_it_is_known(self):
        case = self._receive(
            f"Bitte die Adresse {ANNA} aus dem Verteiler löschen.",
            sender="private@example.net",
        )
        ticks = {step.email: step.selected for step in case.step_ids if step.email}
        self.assertEqual(ticks, {"private@example.net": False, ANNA: True})
        self.assertTrue(case.unclear)
        self._carry_out(case)
        self.assertTrue(self._left(ANNA))
        self.assertFalse(self._left("private@example.net"))

    def test_sure_mails_are_settled_if_the_administrator_says_so(self):
        self.mailbox.automation_ids.by_itself = True
        case = self._receive("Bitte keine Mails mehr, danke.")
        self.assertEqual((case.state, case.by_itself), ("done", True))
        self.assertTrue(self._left(ANNA))

    def test_an_unclear_mail_is_never_settled_by_itself(self):
        self.mailbox.automation_ids.by_itself = True
        case = self._receive(
            f"Bitte die Adresse {ANNA} aus dem Verteiler löschen.",
            sender="private@example.net",
        )
        self.assertEqual(case.state, "open")
        case = self._receive("Meine neue Mailadresse lautet jetzt a@new.example.net")
        self.assertEqual((case.mail_class, case.state), ("address_change", "open"))

    # --- left the company -------------------------------------------------------------
    def test_K02_K03_K04_A3_left_the_company(self):
        case = self._receive(GONE, headers=AUTOMATIC)
        self.assertEqual(case.mail_class, "left_company")
        self._carry_out(case)
        leaving = self._left(ANNA)
        self.assertEqual((leaving.channel, leaving.scope), ("reply", "address"))
        self.assertEqual(self.anna.email_normalized, ANNA, "kept by default")
        self.assertFalse(self.anna.no_marketing_email, "other addresses stay")
        eva = self.anna.newsletter_successor_id
        self.assertEqual((eva.name, eva.email_normalized), ("Eva Klein", EVA))
        self.assertEqual(eva.newsletter_predecessor_ids, self.anna)
        self.assertIn("Eva Klein", self._notes(self.anna))
        self.assertIn("Anna Berg", self._notes(eva))

    def test_K04_the_successor_is_not_subscribed(self):
        self._carry_out(self._receive(GONE, headers=AUTOMATIC))
        domain = [("email_normalized", "=", EVA)]
        self.assertFalse(self.env["mailing.contact"].search(domain))
        self.assertFalse(self.env["newsletter.member"].search([("email", "=", EVA)]))
        self.assertFalse(self.env["newsletter.consent"].search([("email", "=", EVA)]))

    def test_K03_a_known_successor_is_linked_not_doubled(self):
        eva = self.env["res.partner"].create({"name": "E. Klein", "email": EVA})
        self._carry_out(self._receive(GONE, headers=AUTOMATIC))
        self.assertEqual(self.anna.newsletter_successor_id, eva)
        self.assertEqual(
            self.env["res.partner"].search_count([("email_normalized", "=", EVA)]), 1
        )

    def test_J05_the_address_moves_into_a_dated_note_and_back(self):
        self.mailbox.gone_handling = "move"
        self.anna.email = f"{ANNA}, anna@home.example.net"
        case = self._receive(GONE, headers=AUTOMATIC)
        self._carry_out(case)
        self.assertEqual(self.anna.email, "anna@home.example.net")
        notes = self._notes(self.anna)
        self.assertIn(ANNA, notes)
        self.assertIn("Successor: Eva Klein", notes)
        step = self._steps(case)["move_address"]
        step.with_user(self.clerk).action_undo()
        self.assertIn(ANNA, self.anna.email)
        self.assertEqual(step.state, "undone")
        self.assertTrue(self._left(ANNA), "a leaving is not undone")

    def test_undo_of_the_successor(self):
        case = self._receive(GONE, headers=AUTOMATIC)
        self._carry_out(case)
        eva = self.anna.newsletter_successor_id
        self._steps(case)["successor"].action_undo()
        self.assertFalse(self.anna.newsletter_successor_id)
        self.assertFalse(eva.active)
        with self.assertRaisesRegex(UserError, "cannot be undone"):
            self._steps(case)["leave_address"].action_undo()

    def test_a_role_address_is_no_successor_by_default(self):
        case = self._receive(
            f"Ich habe die Firma verlassen. Bitte wenden Sie sich an info@{FIRM}.",
            headers=AUTOMATIC,
        )
        self.assertFalse(self._steps(case)["successor"].selected)

    def test_a_colleague_who_tells_it_is_never_taken_out(self):
        case = self._receive(
            "Herr Lang arbeitet nicht mehr bei uns. Bitte aus dem Verteiler nehmen.",
            sender=f"Petra Kuehn <petra@{FIRM}>",
        )
        self.assertEqual(case.mail_class, "left_company")
        step = self._steps(case)["leave_address"]
        self.assertFalse(step.email or step.selected)
        self.assertIn("Lang", step.hint)
        self._carry_out(case)
        self.assertFalse(self._left(f"petra@{FIRM}"))

    # --- another address --------------------------------------------------------------
    def test_O06_the_new_address_starts_without_consent(self):
        self.env["newsletter.consent"]._for_address(ANNA)._record("confirmation")
        reader = self.env["mailing.contact"].create({"email": ANNA})
        case = self._receive("Meine neue E-Mail-Adresse lautet anna@new.example.net.")
        step = self._steps(case)["change_address"]
        self.assertEqual((step.email, step.new_email), (ANNA, "anna@new.example.net"))
        self._carry_out(case)
        self.assertEqual(self.anna.email, "anna@new.example.net")
        self.assertEqual(reader.email, "anna@new.example.net")
        states = self.env["newsletter.consent"]._effective(
            ["anna@new.example.net"], self.env.company
        )
        self.assertEqual(states["anna@new.example.net"][0], "pending", "is asked")
        self.assertIn(ANNA, self._notes(self.anna))
        step.action_undo()
        self.assertEqual(self.anna.email, f"Anna.Berg@{FIRM}")
        self.assertEqual(reader.email, ANNA)

    def test_a_change_without_a_new_address_says_so(self):
        case = self._receive("Hallo")
        case.mail_class = "address_change"
        step = self._steps(case)["change_address"]
        step.selected = True
        with self.assertRaisesRegex(UserError, "new address"):
            self._carry_out(case)
        self.assertEqual(case.state, "open")

    # --- reports ----------------------------------------------------------------------
    def _own_message_id(self):
        return self.anna.message_post(body="News").message_id

    def test_B1_only_failed_counts(self):
        about = self._own_message_id()
        for action, counts in (("failed", True), ("delayed", False)):
            case = self._process(self._dsn(ANNA, action=action, about=about))
            self.assertEqual(case.mail_class, "bounce")
            self.assertEqual(case.step_ids.selected, counts, action)
            self.assertEqual(case.state, "done" if counts else "nothing")

    def test_a_return_reaches_the_counting_of_returns(self):
        self._process(self._dsn(ANNA, about=self._own_message_id()))
        bounce = self.env["newsletter.bounce"].search([("email", "=", ANNA)])
        self.assertEqual((bounce.kind, bounce.code), ("hard", "5.1.1"))

    def test_B4_only_our_own_mails_count(self):
        case = self._process(self._dsn(ANNA, about="<strange@example.org>"))
        self.assertFalse(case.step_ids.selected)
        self.assertIn("none of ours", case.step_ids.hint)

    def test_a_report_to_the_mailbox_is_not_counted_by_odoo_itself(self):
        self._process(self._dsn(ANNA, action="delayed", about=self._own_message_id()))
        self.assertEqual(self.anna.message_bounce, 0)

    def test_C2_abuse_is_all_marketing(self):
        case = self._process(
            self._arf(f"Feedback-Type: abuse\nOriginal-Rcpt-To: <{ANNA}>\n")
        )
        self.assertEqual((case.mail_class, case.state), ("complaint", "open"))
        self._carry_out(case)
        leaving = self._left(ANNA)
        self.assertEqual((leaving.channel, leaving.scope), ("complaint", "everything"))

    def test_C2_virus_is_for_a_person_and_not_spam_a_note(self):
        for kind in ("virus", "not-spam", "other"):
            case = self._process(
                self._arf(f"Feedback-Type: {kind}\nOriginal-Rcpt-To: <{ANNA}>\n")
            )
            self.assertFalse(self._steps(case)["complain"].selected, kind)
            self.assertEqual(case.state, "open")
        self.assertFalse(self._left(ANNA))

    def test_C3_a_hidden_recipient_is_found_by_our_own_link(self):
        link = self.env["newsletter.preference"]._headers(ANNA, self.env.company)
        case = self._process(
            self._arf(
                "Feedback-Type: abuse\n",
                about=f"List-Unsubscribe: {link['List-Unsubscribe']}",
            )
        )
        self.assertEqual(self._steps(case)["complain"].email, ANNA)

    # --- shop -------------------------------------------------------------------------
    SIGN_UP = (
        "Neue Newsletter-Anmeldung\n\nVorname: Clara\nNachname: Winter\n"
        "E-Mail: clara@example.net\nOrt: Köln\nNewsletter: ja\n"
    )

    def test_K06_K07_a_new_contact_gets_the_source(self):
        case = self._receive(self.SIGN_UP, sender="shop@example.org")
        self.assertEqual(case.mail_class, "shop_signup")
        self._carry_out(case)
        clara = case.partner_ids
        self.assertEqual((clara.name, clara.city), ("Clara Winter", "Köln"))
        self.assertEqual(clara.newsletter_source_id.name, "E-Mail Marketing")
        consent = self.env["newsletter.consent"]._effective(
            ["clara@example.net"], self.env.company
        )["clara@example.net"]
        self.assertEqual(consent[0], "pending", "a sign-up is no consent")
        self.assertFalse(
            self.env["mailing.contact"].search([("email", "=", "clara@example.net")])
        )

    def test_K08_an_existing_contact_keeps_its_source(self):
        source = self.env["utm.source"].create({"name": "Fair"})
        clara = self.env["res.partner"].create(
            {
                "name": "C. Winter",
                "email": "clara@example.net",
                "newsletter_source_id": source.id,
            }
        )
        case = self._receive(self.SIGN_UP, sender="shop@example.org")
        self._carry_out(case)
        self.assertEqual(clara.newsletter_source_id, source)
        self.assertEqual(case.partner_ids, clara)
        self.assertEqual(clara.name, "C. Winter")

    def test_K06_without_the_tick_nobody_is_asked(self):
        case = self._receive(
            self.SIGN_UP.replace("ja", "nein"), sender="shop@example.org"
        )
        steps = self._steps(case)
        self.assertFalse(steps["tag"].selected or steps["opt_in"].selected)

    # --- in bulk ----------------------------------------------------------------------
    def test_one_that_fails_stops_no_other(self):
        good = self._receive("Bitte keine Mails mehr")
        bad = self._receive("Hallo")
        bad.mail_class = "address_change"
        self._steps(bad)["change_address"].selected = True
        action = (good | bad).with_user(self.clerk).action_carry_out()
        self.assertEqual(action["params"]["type"], "warning")
        self.assertEqual((good.state, bad.state), ("done", "open"))
        self.assertIn("new address", bad.problem)
        self.assertFalse(good.problem)

    def test_what_a_clerk_edits_is_what_is_done(self):
        case = self._receive("Bitte keine Mails mehr")
        steps = self._steps(case)
        steps["leave"].with_user(self.clerk).email = "Other@Example.net"
        steps["note"].with_user(self.clerk).selected = False
        self._carry_out(case)
        self.assertTrue(self._left("other@example.net"))
        self.assertFalse(self._left(ANNA))
        self.assertNotIn("no more newsletters", self._notes(self.anna))

    def test_repeating_does_nothing_twice(self):
        case = self._receive("Bitte keine Mails mehr")
        self._carry_out(case)
        with self.assertRaisesRegex(UserError, "None of these"):
            self._carry_out(case)
        case.action_reopen()
        self._carry_out(case)
        self.assertEqual(len(self._left(ANNA)), 1)
        self.assertEqual(self._notes(self.anna).count("no more newsletters"), 1)
