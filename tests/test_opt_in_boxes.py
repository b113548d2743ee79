"""Each box of a form has a place of its own in the evidence, whatever it is called."""

import json

from odoo.tests import tagged

from ..sync.reactions import BOX, ticked
from .common_consent import ANNA, EVA
from .test_opt_in import OptInCase


@tagged("post_install", "-at_install")
class TestOptInBoxes(OptInCase):
    def _list(self, name):
        place = self.env["mailing.list"].create({"name": name})
        self.form.mailing_list_ids += place
        return place

    def _boxes(self, email=ANNA):
        event = self._requests(email).consent_ids.event_ids[0]
        return json.loads(event.boxes)

    def _tick(self, *places, email=ANNA, **values):
        ticks = {f"box_{place.id}": "1" for place in places}
        return self._post(
            email=email, **{f"box_{self.club.id}": None, **ticks}, **values
        )

    def test_B07_a_list_called_like_a_medium(self):
        self.form.write({"offer_phone": True, "offer_post": True})
        phone = self._list("phone")
        self._tick(phone)
        boxes = self._boxes()
        self.assertEqual(len(boxes), 4)
        self.assertIs(boxes["phone"], False, "the medium")
        self.assertIs(boxes[f"phone (#{phone.id})"], True)
        self._tick(self.club, email=EVA, medium_phone="1", phone="0123")
        boxes = self._boxes(EVA)
        self.assertIs(boxes["phone"], True)
        self.assertIs(boxes[f"phone (#{phone.id})"], False)

    def test_B07_a_medium_that_is_not_offered_is_no_other_box(self):
        phone = self._list("phone")
        self._tick(phone)
        self.assertNotIn("phone", self._boxes(), "nobody was asked about it")
        self.assertIs(self._boxes()[f"phone (#{phone.id})"], True)

    def test_B07_two_lists_of_one_name(self):
        first, second = self._list("News"), self._list("News")
        self._tick(second)
        boxes = self._boxes()
        self.assertEqual(len(boxes), 3)
        self.assertIs(boxes["News"], False)
        self.assertIs(boxes[f"News (#{second.id})"], True)
        self.assertLess(first.id, second.id)

    def test_L10_a_list_called_like_the_box_for_opens_and_clicks(self):
        for name in (BOX, "0"):
            self._tick(self._list(name))
        event = self._requests().consent_ids.event_ids[-1]
        self.assertFalse(ticked(event.boxes))
        self.assertNotIn("0", json.loads(event.boxes))

    def test_L10_words_like_another_box(self):
        self.form.offer_reactions = True
        for words in (BOX, "0", self.club.name):
            email = f"x{len(words)}@example.org"
            self._json(email=email, reactions=True, reactions_wording=words)
            event = self._requests(email).consent_ids.event_ids[0]
            self.assertFalse(ticked(event.boxes))
            boxes = json.loads(event.boxes)
            self.assertEqual(list(boxes.values()), [True, True], words)

    def test_E3_the_printed_evidence_names_media_in_words(self):
        self.form.offer_phone = True
        self._tick(self.club, medium_phone="1", phone="0123")
        event = self._requests().consent_ids.event_ids[0]
        self.assertIn("☑ Phone", str(event._print()))
