"""A run about a long list is watched, one about a short list is waited for."""

from unittest.mock import patch

from odoo.tests import tagged

from ..models import newsletter_coupling_runs
from ..models.newsletter_coupling_runs import FOREGROUND_LIST, GLANCE_SECONDS
from ..models.newsletter_runner import FOREGROUND_SECONDS
from .common_two_way import TwoWayCase


@tagged("post_install", "-at_install")
class TestRunWatched(TwoWayCase):
    def _seconds(self, action="action_fetch"):
        """How long the clerk waits in front of the button."""
        runner = type(self.env["newsletter.runner"])
        with patch.object(runner, "_work_and_leave") as left:
            shown = getattr(self.coupling.with_user(self.clerk), action)()
        (run_id, seconds), _named = left.call_args
        self.assertEqual(shown["res_model"], "newsletter.run")
        self.assertEqual(shown["res_id"], run_id, "the screen with the bar")
        return seconds

    def test_a_short_list_is_waited_for(self):
        self.coupling.remote_list_id.recipients = FOREGROUND_LIST
        self.assertEqual(self._seconds(), FOREGROUND_SECONDS)

    def test_many_in_the_tool_are_watched(self):
        self.coupling.remote_list_id.recipients = FOREGROUND_LIST + 1
        for action in ("action_fetch", "action_fetch_whole", "action_transmit"):
            with self.subTest(action):
                self.assertEqual(self._seconds(action), GLANCE_SECONDS)

    def test_many_in_odoo_are_watched(self):
        for name in ("anna", "ben"):
            self._contact(name, f"{name}@example.org")
        with patch.object(newsletter_coupling_runs, "FOREGROUND_LIST", 2):
            self.assertEqual(self._seconds(), FOREGROUND_SECONDS)
        with patch.object(newsletter_coupling_runs, "FOREGROUND_LIST", 1):
            self.assertEqual(self._seconds(), GLANCE_SECONDS)
