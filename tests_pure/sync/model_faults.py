"""What goes wrong at the tool, and what comes in between, in the state machine."""

from __future__ import annotations

import os

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule

from newsletter_sync.connectors.errors import ServerFault, Throttled, Unreachable
from newsletter_sync.connectors.memory_account import Fate
from newsletter_sync.tests_pure.sync.model_world import WRITES

LONG = os.environ.get("NEWSLETTER_MACHINE") == "long"
#: few, so that they meet often
EMAILS = [f"{name}@example.org" for name in ("anna", "bob", "carla")[: 2 + LONG]]
emails = st.sampled_from(EMAILS)


class Faults(RuleBasedStateMachine):
    @rule(
        error=st.sampled_from([ServerFault("500"), Unreachable(""), Throttled("429")]),
        method=st.sampled_from([*sorted(WRITES), "_page", "_lookup"]),
        stored=st.booleans(),
        skip=st.integers(0, 1),
    )
    def the_tool_will_fail(self, error, method, stored, skip):
        self.tool.fail(error, method=method, stored=stored, skip=skip)

    @rule(
        method=st.sampled_from(["upsert", "subscribe", "unsubscribe_many"]),
        fates=st.lists(st.sampled_from(Fate), min_size=1, max_size=2),
    )
    def the_tool_will_answer_in_part(self, method, fates):
        self.tool.answer_in_part(method, fates)

    @rule(email=emails)
    def somebody_will_leave_while_the_tool_is_told(self, email):
        """Too late for the last look: what is sent then is on its way."""

        def leave():
            self.world.engine.meanwhile = lambda: None
            person = self._person(email)
            row = self.odoo.rows.get(person.id) if person else None
            if row and not row.left:
                self._now(self.truth.left, person.email)
                self.odoo.leave(person)
                self.world.overtaken.add(person.email)
                self.world.tick()

        self.world.engine.meanwhile = leave
