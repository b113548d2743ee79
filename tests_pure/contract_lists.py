"""The contract suite's part about lists and what is known of their attributes."""

from __future__ import annotations

import json
from contextlib import suppress

import pytest

from newsletter_sync.connectors.contract import ListDraft
from newsletter_sync.connectors.errors import Invalid

from .contract import ANNA, BOB, COMPANY, DONE, ContractTests, draft, needs


class ListContractTests(ContractTests):
    """Lists come and go; the others and their people stay."""

    @needs("create_list")
    def test_a_new_list_is_listed_and_empty(self, side):
        draft = ListDraft("Färber & Söhne", settings=COMPANY)
        new = side.connector.create_list(draft)
        listed = {each.remote_id: each.name for each in side.another().lists()}
        assert listed[new.remote_id] == new.name == "Färber & Söhne"
        assert side.members(new.remote_id) == {}

    @needs("update_list")
    def test_a_list_gets_another_name(self, side):
        speak = side.connector
        new = speak.create_list(ListDraft("Färber & Söhne", settings=COMPANY))
        draft = ListDraft("Müller & Töchter", "About us", COMPANY)
        changed = speak.update_list(new.remote_id, draft)
        assert (changed.remote_id, changed.name) == (new.remote_id, draft.name)
        listed = {each.remote_id: each for each in side.another().lists()}
        assert listed[new.remote_id].name == draft.name
        told = listed[new.remote_id].settings
        assert told.get("description", "About us") == "About us"
        assert side.list_id in listed

    @needs("delete_list")
    def test_a_deleted_list_is_gone_and_no_other(self, side):
        side.write(ANNA)
        new = side.connector.create_list(ListDraft("By mistake", settings=COMPANY))
        side.connector.delete_list(new.remote_id)
        listed = {each.remote_id for each in side.another().lists()}
        assert new.remote_id not in listed
        assert {side.list_id, side.other_list} <= listed
        assert ANNA in side.members()
        side.connector.delete_list(new.remote_id)  # harmless when repeated
        for nothing in ("", " ", "."):
            with suppress(Invalid):
                side.connector.delete_list(nothing)
        assert {each.remote_id for each in side.another().lists()} == listed
        assert ANNA in side.members()

    def test_what_one_connector_knows_of_attributes_another_need_not_read(
        self, side, monkeypatch
    ):
        values = side.values("Bo", "Färber")
        side.write(draft(ANNA, **values))
        known = side.connector.knowledge()
        side.connector = side.another()
        side.connector.recall(json.loads(json.dumps(known)))
        assert side.connector.knowledge() == known
        if known:
            read = lambda *_list: pytest.fail("read once more")
            monkeypatch.setattr(side.connector, "fields", read)
        (row,) = side.write(draft(BOB, **values))
        assert row.outcome in DONE
        monkeypatch.undo()
        held = side.members()[BOB].values
        assert {name: held[name] for name in values} == values
        side.connector.recall({})
        assert side.connector.knowledge() == {}
        (row,) = side.write(draft(BOB, **values))
        assert row.outcome in DONE
        assert side.connector.knowledge() == known
