"""The contract suite's part about lists: made, renamed, deleted."""

from __future__ import annotations

from contextlib import suppress

from newsletter_sync.connectors.contract import ListDraft
from newsletter_sync.connectors.errors import Invalid

from .contract import ANNA, COMPANY, ContractTests, needs


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
