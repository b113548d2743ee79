"""The sandbox case for tests that go through Odoo's own web server."""

from contextlib import nullcontext

from odoo.tests import HttpCase

from .common import SandboxCase


class HttpSandboxCase(HttpCase, SandboxCase):
    """Requests share the test's transaction; ``HttpCase`` sees to that itself."""

    def enter_registry_test_mode(self):
        return nullcontext()
