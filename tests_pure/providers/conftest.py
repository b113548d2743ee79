"""Let pytest explain failing assertions of the suites that live in modules."""

import pytest

for module in ("contract", "contract_consent", "contract_http", "sandbox_side"):
    pytest.register_assert_rewrite(f"newsletter_sync.tests_pure.{module}")
