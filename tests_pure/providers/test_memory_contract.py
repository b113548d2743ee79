"""The reference connector fulfils the contract."""

from datetime import timedelta

import pytest

from newsletter_sync.connectors import memory_account, registry
from newsletter_sync.connectors.contract import FieldType, Refusal, RemoteField
from newsletter_sync.sync.vocabulary import Status
from newsletter_sync.tests_pure.contract import Side
from newsletter_sync.tests_pure.contract_consent import ConsentContractTests


class MemorySide(Side):
    def __init__(self):
        memory_account.reset()
        self.tool = memory_account.account("demo")
        for name in ("firstname", "lastname"):
            self.tool.fields[name] = RemoteField(name, name, FieldType.TEXT, name)
        self.list_id, self.other_list = map(self.tool.add_list, ("One", "Two"))
        self.connector = self.another()

    def another(self):
        return registry.connect("memory", {"account": "demo"}, allow_loopback=True)

    def act(self, name, email, **more):
        acts = {
            "subscribe": lambda: self.tool.join(self.list_id, email, Status.PENDING),
            "confirm": lambda: self.tool.confirm(self.list_id, email),
            "unsubscribe": lambda: self.tool.leave(self.list_id, email),
            "bounce": lambda: self.tool.bounce(self.list_id, email),
            "change_address": lambda: self.tool.rename(email, more["new"]),
            "edit": lambda: self.tool.edit(self.list_id, email, **more["values"]),
        }
        acts[name]()

    def reactivations(self):
        return len(self.tool.reactivations)

    def refuse(self, email):
        self.tool.refuse[email] = Refusal.INVALID

    def now(self):
        return self.tool.clock()

    def pass_time(self, seconds):
        before = self.tool.clock
        self.tool.clock = lambda: before() + timedelta(seconds=seconds)


class TestMemory(ConsentContractTests):
    @pytest.fixture
    def side(self):
        return MemorySide()
