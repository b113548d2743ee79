"""L10: opens and clicks are recorded of those who allowed it, and of nobody else."""

import json

from psycopg2 import IntegrityError

from odoo.exceptions import UserError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from ..sync.reactions import box
from .common_consent import ANNA, EVA
from .common_tools import EveryTool
from .common_transmit import TransmitCase
from .test_consent_wizards import WizardCase
from .test_opt_in import OptInCase

ASKED = "You may record which of your mails I open and which links I click."
BEN = "ben@example.org"


@tagged("post_install", "-at_install")
class TestReactionsBox(OptInCase):
    def setUp(self):
        super().setUp()
        self.form.offer_reactions = True
        self.form.wording_ids.reactions_text = ASKED

    def _allowed(self, email=ANNA):
        self.env.invalidate_all()
        consents = self.env["newsletter.consent"]
        return consents._allowing_reactions([email], self.env.company, self.club)

    def test_L10_the_box_is_optional_and_never_ticked_beforehand(self):
        page = self.url_open(self.page).text
        self.assertIn(ASKED, page)
        self.assertIn('name="reactions"', page)
        self.assertNotIn("checked", page)
        self.assertEqual(page.count('required="required"'), 2, "address and consent")
        snippet = self.form.with_context(lang="en_US").snippet
        self.assertIn(ASKED, snippet)
        self.form.offer_reactions = False
        self.assertNotIn(ASKED, self.url_open(self.page).text)
        self.assertNotIn(ASKED, self.form.with_context(lang="en_US").snippet)

    def test_L10_the_box_counts_with_the_confirmation(self):
        self._post(reactions="1")
        consent = self._of(mailing_list=self.club)
        boxes = json.loads(consent.event_ids[0].boxes)
        self.assertEqual(boxes, {"Club news": True, ASKED: True})
        self.assertFalse(consent.reactions_at, "anybody can type in an address")
        self.assertFalse(self._allowed())
        [(_mail, link)] = self._deliver()
        self.assertIn("which links you click", self.url_open(link).text)
        self.assertFalse(self._allowed())
        self.assertIn("which links you click", self.url_open(link, method="POST").text)
        self.assertEqual(self._allowed(), {ANNA})
        self.assertEqual(consent.reactions_at, consent.state_at)
        self.assertFalse(consent.event_ids.chain_id._check(), "as the proof says")

    def test_L10_who_does_not_tick_allows_nothing(self):
        for value in (None, "", "0", "on"):
            self._post(reactions=value)
            boxes = json.loads(self._of(mailing_list=self.club).event_ids[-1].boxes)
            self.assertIs(boxes[ASKED], False)
            self.env["newsletter.consent.attempt"].search([]).unlink()
        link = self._deliver()[-1][1]
        self.assertNotIn("which links you click", self.url_open(link).text)
        self.url_open(link, method="POST")
        self.assertEqual(self._state(), "confirmed")
        self.assertFalse(self._allowed())

    def test_L10_only_a_box_that_was_shown_counts(self):
        self.form.offer_reactions = False
        self._post(reactions="1")
        self._post(reactions="1", **{f"box_{self.club.id}": None})
        request = self._requests()
        self.assertFalse(request.reactions)
        self.assertNotIn(ASKED, request.consent_ids.event_ids[0].boxes)

    def test_L10_web_forms_say_true_and_nothing_else(self):
        told = ((True, True), ("true", False), (1, False), (None, False))
        for number, (value, ticked) in enumerate(told):
            email = f"web{number}@example.org"
            self._json(email=email, reactions=value, reactions_wording="May we?")
            request = self._requests(email)
            self.assertEqual(request.reactions, ticked, value)
            boxes = json.loads(request.consent_ids.event_ids[0].boxes)
            self.assertEqual(boxes["May we?"], ticked)
        self._json(email=EVA, consent=False, reactions=True)
        self.assertFalse(self._requests(EVA))

    def test_L10_a_box_without_a_page_that_shows_it_is_refused(self):
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaisesRegex(IntegrityError, "reactions_seen"),
        ):
            self.form.one_step = True
            self.env.flush_all()

    def test_L10_its_words_stay_as_they_were_shown(self):
        self._post()
        wording = self.form.wording_ids.filtered("shown")
        with self.assertRaisesRegex(UserError, "new version"):
            wording.reactions_text = "Other words"


@tagged("post_install", "-at_install")
class TestReactions(WizardCase):
    def _allowed(self, place=None):
        consents = self.env["newsletter.consent"]
        return consents._allowing_reactions([ANNA, EVA], self.env.company, place)

    def _confirmed(self, email=ANNA, place=None, ticked=True, **values):
        consent = self._of(email, place)
        boxes = {"boxes": box()} if ticked else {}
        return consent._record("confirmation", **boxes, **values)

    def test_L10_a_consent_alone_allows_nothing(self):
        self._confirmed(ticked=False)
        self._of()._record("request", boxes=box())
        self.assertFalse(self._allowed())

    def test_L10_the_lists_own_consent_counts_else_the_general_one(self):
        other = self.club.copy({"name": "Events"})
        self._confirmed()
        self._confirmed(EVA, self.club)
        self.assertEqual(self._allowed(), {ANNA})
        self.assertEqual(self._allowed(other), {ANNA})
        self.assertEqual(self._allowed(self.club), {ANNA, EVA})
        with self._later(hours=1):
            self._confirmed(ANNA, self.club, ticked=False)
        self.assertEqual(self._allowed(self.club), {EVA}, "its own says nothing of it")
        self.assertEqual(self._allowed(other), {ANNA})

    def test_L10_who_leaves_ends_it(self):
        self._confirmed()
        self._confirmed(EVA, self.club)
        with self._later(hours=1):
            self._left(ANNA)
            self._left(EVA)
        self.assertFalse(self._of().reactions_at)
        self.assertFalse(self._allowed() | self._allowed(self.club))
        with self._later(hours=2):
            self._confirmed(ticked=False)
            self._confirmed(EVA, self.club, ticked=False)
            self.assertEqual(self._of().state, "confirmed")
            self.assertFalse(self._allowed() | self._allowed(self.club))
            self.assertFalse(self._of().event_ids.chain_id._check())
        with self._later(hours=3):
            self._confirmed()
            self.assertEqual(self._allowed(), {ANNA})

    def test_L10_it_is_never_typed_in(self):
        consent = self._confirmed(ticked=False)
        with self.assertRaisesRegex(UserError, "follows from its evidence"):
            consent.reactions_at = "2026-01-01"
        with self.assertRaisesRegex(UserError, "Record the evidence"):
            consent.create({"email": EVA, "reactions_at": "2026-01-01"})
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE newsletter_consent SET reactions_at = now() WHERE id = %s",
            [consent.id],
        )
        self.env.invalidate_all()
        with mute_logger("odoo.addons.newsletter_sync"):
            self.assertTrue(consent.event_ids.chain_id._check(), "forged")

    def test_L10_staff_record_it_with_a_tick_of_its_own(self):
        for ticked in (False, True):
            wizard = self._wizard(self.anna, "record")
            self.assertFalse(wizard.reactions)
            wizard.write({"note": "Card at the fair", "reactions": ticked})
            wizard.action_record()
            self.assertEqual(bool(self._allowed()), ticked)
        event = self._of().event_ids[-1]
        self.assertEqual((event.boxes, event.kind), (box(), "staff"))
        self.assertIn("Opens and clicks", str(event._print()))

    def test_L10_a_telephone_allows_nothing_for_mails(self):
        wizard = self._wizard(self.anna, "record")
        wizard.write({"note": "Card", "reactions": True, "medium": "phone"})
        wizard.action_record()
        consents = self.env["newsletter.consent"].search([("email", "=", ANNA)])
        self.assertFalse(any(consents.mapped("reactions_at")))

    def test_L10_the_person_is_told_of_it(self):
        self._confirmed()
        officer = new_test_user(
            self.env, "officer", groups="newsletter_sync.group_privacy"
        )
        data = self.env["newsletter.personal.data"].with_user(officer)
        told = str(data._export([ANNA], self.env.company)["places"])
        label = self.env["newsletter.consent"]._fields["reactions_at"].string
        self.assertIn(label, told)

    def test_L10_few_queries_for_many(self):
        company, place = self.env.company, self.club

        def cost(number):
            emails = [f"person{n}@example.org" for n in range(number)]
            consents = self.env["newsletter.consent"]
            consents._for_addresses(emails, company)._record(
                "confirmation", boxes=box()
            )
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            found = consents._allowing_reactions(emails, company, place)
            self.assertEqual(found, set(emails))
            return self.env.cr.sql_log_count - before

        cost(2)  # warms the caches
        self.assertEqual(cost(5), cost(200))


@tagged("post_install", "-at_install")
class TestReactionsAtTheTool(EveryTool, TransmitCase):
    def setUp(self):
        super().setUp()
        self.inxmail = self._connection_to("inxmail")
        self.remote_id = self.sandbox.tools["inxmail"].new_list("Inx news")
        self.coupling = self._couple(self.inxmail)
        self.coupling.record_reactions = True

    def _joins(self, email, ticked, **values):
        self._consent(email, "confirmed", mailing_list=self.mailing_list)
        if ticked:
            self.env["newsletter.consent"]._for_address(
                email, mailing_list=self.mailing_list
            )._record("staff", note="Card at the fair", boxes=box())
        self._newcomer(
            *(email, False),
            **{
                "coupling_id": self.coupling.id,
                "task_sends": {},
                "local_values": {},
                **values,
            },
        )

    def _permissions(self):
        return {
            email: member.data.get("trackingPermission", "")
            for email, member in self._at_tool().items()
        }

    def _transmit(self):
        run = self._dry_run()
        self._approve(run)
        for _turn in range(20):
            if run.state in ("done", "stopped"):
                break
            self._go_on(run)
        self.assertEqual(run.state, "done", run.message)

    def test_L10_the_tool_is_told_of_each_person(self):
        self._joins(ANNA, True)
        self._joins(BEN, False)
        self._transmit()
        told = self._permissions()
        self.assertEqual(told[ANNA], "GRANTED")
        self.assertIn(told[BEN], ("", "DENIED"))

    def test_L10_who_comes_back_is_told_by_itself(self):
        back = {
            "remote_status": "unsubscribed",
            "task_rule": False,
            "task_by": self.clerk.id,
            "task_at": self._later(days=-1),
            "task_reason": "Called, wants it again",
        }
        self._joins(ANNA, True, **back)
        self._joins(BEN, False, **back)
        self._transmit()
        self.assertEqual(self._permissions(), {ANNA: "GRANTED", BEN: "DENIED"})

    def test_L10_the_switch_of_the_coupling_has_to_be_on_too(self):
        self.coupling.record_reactions = False
        self._joins(ANNA, True)
        self._transmit()
        self.assertIn(self._permissions()[ANNA], ("", "DENIED"))
        both = self.coupling._reactions([ANNA, BEN])
        self.assertEqual(both, {ANNA: False, BEN: False})

    def test_L10_a_push_tells_it_as_well(self):
        partners = self._person("Anna", ANNA) | self._person("Ben", BEN)
        consent = self.env["newsletter.consent"]._for_address(ANNA)
        consent._record("staff", note="Card at the fair", boxes=box())
        run = self._preview(
            partners,
            connection_id=self.inxmail.id,
            remote_list_id=self.coupling.remote_list_id.id,
        )
        drafts = []
        connector = self.inxmail._connector_class()
        original = connector.upsert

        def upsert(own, list_id, people):
            drafts.extend(people)
            return original(own, list_id, people)

        self.patch(connector, "upsert", upsert)
        self._approve(run)
        told = {draft.email: draft.reactions for draft in drafts}
        self.assertEqual(told, {ANNA: True, BEN: False})
