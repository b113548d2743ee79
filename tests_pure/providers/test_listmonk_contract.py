"""listmonk fulfils the contract, against the sandbox."""

import pytest

from newsletter_sync.connectors.contract import ListDraft, MemberDraft
from newsletter_sync.connectors.errors import PermissionMissing
from newsletter_sync.sandbox.server import Sandbox
from newsletter_sync.tests_pure.contract_http import HttpContractTests
from newsletter_sync.tests_pure.sandbox_side import SandboxSide


class ListmonkSide(SandboxSide):
    code = "listmonk"
    write_call = ("POST", r"^/api/subscribers$")
    read_call = ("GET", r"^/api/subscribers$")

    def prepare(self):
        """Attributes are seen at people only: somebody elsewhere has two."""
        super().prepare()
        other = self.connector.create_list(ListDraft("Elsewhere"))
        values = {self.first: "Zoe", self.last: "Zander"}
        draft = MemberDraft("zoe@example.net", values)
        self.connector.upsert(other.remote_id, [draft])

    def fill(self, number):
        """Imports have tests of their own; thousands are seeded."""
        tool = self.sandbox.tools[self.code]
        tool.seed(int(self.list_id), number)
        return [f"person{n:07}@example.org" for n in range(number)]

    def credentials(self):
        return {
            "base_url": self.sandbox.url("listmonk"),
            "user": "odoo",
            "token": "sandbox-token",
        }

    def wrong_credentials(self):
        return self.credentials() | {"token": "wrong-token"}

    def secrets(self):
        return ["sandbox-token", "wrong-token"]


@pytest.fixture(scope="module")
def sandbox():
    with Sandbox() as sandbox:
        yield sandbox


class TestListmonk(HttpContractTests):
    @pytest.fixture
    def side(self, sandbox):
        sandbox.reset()
        sandbox.set(version="v6.2.0", missing_rights=frozenset(), language="en")
        return ListmonkSide(sandbox)


class TestOldGermanListmonk(HttpContractTests):
    """Without PATCH, without SQL, without import, and with German messages."""

    @pytest.fixture
    def side(self, sandbox):
        sandbox.reset()
        rights = frozenset({"subscribers:sql_query", "subscribers:import"})
        sandbox.set(version="v5.1.0", missing_rights=rights, language="de")
        return ListmonkSide(sandbox)

    def test_changes_since_a_time(self, side):
        """The tool could, this login may not, and that is told."""
        with pytest.raises(PermissionMissing, match="subscribers:sql_query"):
            list(side.connector.changes(side.list_id, side.now()))
