"""Whatever happens on both sides, in whatever order: promises hold, and work ends.

A state machine of hypothesis: people, staff, tools and faults act at random, the engine
is killed at random; then everything is settled and looked at (:mod:`.model_world`).

``NEWSLETTER_MACHINE=long`` runs many more and longer histories.
"""

from __future__ import annotations

from dataclasses import replace

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from newsletter_sync.sync.choices import Choice, resolve
from newsletter_sync.sync.reconcile import (
    LEFT,
    Direction,
    FieldRule,
    Rule,
    StatusRule,
    Task,
    plan,
)
from newsletter_sync.sync.vocabulary import Status
from newsletter_sync.tests_pure.sync.model_calls import take_up
from newsletter_sync.tests_pure.sync.model_faults import EMAILS, LONG, Faults, emails
from newsletter_sync.tests_pure.sync.model_world import FIELDS, World

values = st.fixed_dictionaries(
    {}, optional=dict.fromkeys(FIELDS, st.sampled_from(["", "Ulm", "Bonn"]))
)
field_rules = st.builds(
    FieldRule, direction=st.sampled_from(Direction), rule=st.sampled_from(Rule)
)
couplings = st.fixed_dictionaries(
    {
        "direction": st.sampled_from(Direction),
        "status_rule": st.sampled_from(StatusRule),
        "fields": st.fixed_dictionaries(dict.fromkeys(FIELDS, field_rules)),
        "transmit_missing": st.booleans(),
        "join": st.sampled_from([Task.TRANSMIT, Task.SIGNUP]),
        "new_contacts": st.sampled_from(["contact", "mailing_contact", "ask"]),
    }
)
kills = st.none() | st.integers(0, 8)


class Machine(Faults, RuleBasedStateMachine):
    @initialize(
        coupling=couplings,
        forgets=st.booleans(),
        tells_times=st.booleans(),
        moves_by_itself=st.booleans(),
        agreed=st.sets(emails),
    )
    def couple(self, coupling, forgets, tells_times, moves_by_itself, agreed):
        self.world = World(coupling, forgets=forgets, tells_times=tells_times)
        self.world.engine.moves_by_itself = moves_by_itself
        self.odoo, self.tool = self.world.odoo, self.world.tool
        self.list_id, self.truth = self.world.list_id, self.world.truth
        self.heard = []
        #: {address: those that its owner got later}
        self.later = {email: [] for email in EMAILS}
        for email in sorted(agreed):
            self.somebody_is_entered_in_odoo(email, {}, True)
            self.staff_of_the_tool_enters_somebody(email, {}, Status.SUBSCRIBED)
        if agreed:
            self.fetch(True, None)

    def teardown(self):
        if hasattr(self, "world"):
            self.world.settle()

    def _now(self, book, email):
        book[email] = self.world.now

    def _new_address(self, email):
        """One that nobody has had."""
        later = self.later[email]
        later.append(f"{email.split('@')[0]}{len(later) + 2}@example.org")
        return later[-1]

    def _person(self, email):
        """Who had this address at first, by whatever address Odoo knows them now."""
        named = (self.world.here(each) for each in [*self.later[email][::-1], email])
        return next(filter(None, named), None)

    def _address(self, email):
        person = self._person(email)
        return person.email if person else email

    def _at_tool(self, email):
        """The same at the tool."""
        found = (self.world.at_tool(e) for e in [*self.later[email][::-1], email])
        return next(filter(None, found), None)

    def _names(self, member):
        """The addresses of somebody of the tool, as far as Odoo can know."""
        people = [
            self.odoo.people.get(one.person)
            for one in self.world.engine.active()
            if one.remote_id == member.remote_id
        ]
        return {member.email, *(person.email for person in people if person)}

    def _same_person(self, email):
        """All addresses that somebody has had."""
        first = next(e for e in EMAILS if email in (e, *self.later[e]))
        return [first, *self.later[first]]

    def _moved_away(self):
        """Members whose recipient has another address by now."""
        return [
            one
            for one in self.world.engine.active()
            if (there := self.world.there.get(one.remote_id))
            and there.email != one.email
        ]

    # --- Odoo -------------------------------------------------------------------------
    @rule(email=emails, values=values, listed=st.booleans())
    def somebody_is_entered_in_odoo(self, email, values, listed):
        self.world.tick()
        if not self._person(email):
            self.odoo.add(email, values, listed=listed)
            if listed:
                self._now(self.truth.joined, email)

    @rule(email=emails, values=values)
    def somebody_is_edited_in_odoo(self, email, values):
        self.world.tick()
        if person := self._person(email):
            self.odoo.edit(person, values)

    @rule(email=emails)
    def an_address_changes_in_odoo(self, email):
        self.world.tick()
        person = self._person(email)
        if person:
            email, new = person.email, self._new_address(email)
            self.odoo.rename(person, new)
            row = self.odoo.rows.get(person.id)
            # a block is the address's, having left the list is the person's
            self.truth.moved(email, new, left=bool(row and row.left))

    @rule(email=emails)
    def somebody_leaves_in_odoo(self, email):
        self.world.tick()
        person = self._person(email)
        if person and person.id in self.odoo.rows:
            if not self.odoo.rows[person.id].left:
                self._now(self.truth.left, person.email)
            self.odoo.leave(person)

    @rule(email=emails)
    def a_clerk_ticks_somebody_again(self, email):
        self.world.tick()
        person = self._person(email)
        if person and person.id in self.odoo.rows:
            self.odoo.tick_again(person)
            # as with leaving, the list is the person's and a block is the address's
            for address in self._same_person(person.email):
                if address == person.email or address not in self.odoo.blocked:
                    self._now(self.truth.joined, address)

    @rule(email=emails, joins=st.booleans())
    def somebody_confirms_in_odoo(self, email, joins):
        self.world.tick()
        email = self._address(email)
        self.odoo.confirm(email, joins=joins)
        person, before = self.world.here(email), self.truth.proved.get(email)
        row = self.odoo.rows.get(person.id) if person else None
        clicked = row and row.left and before and before > row.left_at
        for address in self._same_person(email):
            self._now(self.truth.proved, address)
            if clicked or self.odoo.proof_at(email):
                # whoever left the list itself has to come back to the list itself
                self._now(self.truth.joined, address)

    @rule(email=emails)
    def somebody_is_blocked(self, email):
        self.world.tick()
        email = self._address(email)
        self.odoo.block(email)
        self._now(self.truth.left, email)

    @rule(email=emails)
    def a_block_is_lifted(self, email):
        self.world.tick()
        self.odoo.unblock(self._address(email))

    @rule(email=emails)
    def somebody_is_deleted_in_odoo(self, email):
        self.world.tick()
        if person := self._person(email):
            self.odoo.delete(person)

    # --- the tool ---------------------------------------------------------------------
    @rule(email=emails, values=values, status=st.sampled_from(Status))
    def staff_of_the_tool_enters_somebody(self, email, values, status):
        self.world.tick()
        known = self._at_tool(email)
        if not known and any(one.email == email for one in self._moved_away()):
            return
        email = known.email if known else email
        self.tool.join(self.list_id, email, status, values=values)
        if status in LEFT and not (known and known.status in LEFT):
            self._now(self.truth.left, email)
        elif status not in LEFT:
            self._now(self.truth.joined, email)

    @rule(email=emails, values=values)
    def staff_of_the_tool_edits_somebody(self, email, values):
        self.world.tick()
        if member := self._at_tool(email):
            self.tool.edit(self.list_id, member.email, **values)

    @rule(email=emails)
    def an_address_changes_at_the_tool(self, email):
        self.world.tick()
        member = self._at_tool(email)
        if not member:
            return
        email, new = member.email, self._new_address(email)
        self.tool.rename(email, new)
        known = [
            one
            for one in self.world.engine.active()
            if one.remote_id == member.remote_id
        ]
        if known:
            row = self.odoo.rows.get(known[0].person)
            left = member.status in LEFT or bool(row and row.left)
            self.truth.moved(email, new, left=left)
        else:
            # nobody can know who that was
            self.truth.left.pop(email, None)
            self._now(self.truth.joined, new)

    @rule(email=emails)
    def somebody_leaves_at_the_tool(self, email):
        self.world.tick()
        member = self._at_tool(email)
        if not member or member.status in LEFT:
            return
        email = member.email
        if not self.world.forgets:
            self._now(self.truth.left, email)
            self.tool.leave(self.list_id, email)
            return
        self.tool.drop(self.list_id, member.remote_id)
        for known in self.world.engine.active():
            subscribed = known.base_status is Status.SUBSCRIBED
            if known.remote_id == member.remote_id and subscribed:  # else nobody knows
                self._now(self.truth.left, email)

    @rule(email=emails)
    def somebody_is_removed_at_the_tool(self, email):
        self.world.tick()
        member = self._at_tool(email)
        if not member or self.world.forgets:
            return
        self.tool.drop(self.list_id, member.remote_id)
        known = [
            one
            for one in self.world.engine.active()
            if one.remote_id == member.remote_id
        ]
        if not any(one.remote_status in LEFT for one in known):
            # that they had left is known to nobody any more
            for address in (member.email, *(one.email for one in known)):
                self.truth.left.pop(address, None)

    @rule(email=emails)
    def somebody_confirms_at_the_tool(self, email):
        self.world.tick()
        if member := self._at_tool(email):
            self.tool.confirm(self.list_id, member.email)
            for address in self._names(member):
                self._now(self.truth.proved, address)
                self._now(self.truth.joined, address)

    @rule(
        email=emails,
        status=st.sampled_from(
            [Status.HARD_BOUNCE, Status.SOFT_BOUNCE, Status.GENERAL_BOUNCE]
        ),
    )
    def a_mail_comes_back(self, email, status):
        self.world.tick()
        member = self._at_tool(email)
        if member and member.status not in LEFT:
            self.tool.bounce(self.list_id, member.email, status)

    # --- the engine -------------------------------------------------------------------
    @rule(whole=st.booleans(), kill=kills)
    def fetch(self, whole, kill):
        self.world.tick()
        with self.world.watched(kill):
            self.world.engine.fetch(whole=whole)

    @rule(kill=kills)
    def transmit(self, kill):
        self.world.tick()
        with self.world.watched(kill):
            self.world.transmission.run()

    @rule()
    def the_tool_calls(self):
        """Its calls wait to be worked on; until then they may get lost or doubled."""
        self.heard += [
            event
            for delivery in self.tool.deliveries
            for event in self.world.connector.parse(delivery)
        ]
        self.tool.deliveries.clear()

    @precondition(lambda self: self.heard)
    @rule(data=st.data(), kill=kills)
    def calls_are_worked_on(self, data, kill):
        self.world.tick()
        events = data.draw(st.lists(st.sampled_from(self.heard), max_size=4))
        with self.world.watched(kill):
            take_up(self.world.engine, events)

    # --- people who decide ------------------------------------------------------------
    @rule(email=emails, choice=st.sampled_from(Choice), own=values)
    def somebody_decides(self, email, choice, own):
        self.world.tick()
        engine = self.world.engine
        names = [*self.later[email][::-1], email]
        member = next((m for m in engine.active() if m.email in names), None)
        if member is None:
            return
        email = member.email
        case = engine._case(member, None)
        engine.look(case)
        policy, base = engine.policy(case), engine.base(member)
        own = {**dict.fromkeys(FIELDS, "Kiel"), **own, "email": email}
        found = resolve(choice, base, case.local, case.remote, policy, own=own)
        if found.refused:
            return
        if found.needs_reason:
            for address in {email, case.local.email, case.remote.email} - {""}:
                self._now(self.truth.wanted, address)
                self._now(self.truth.joined, address)
        self._carry_out(case, member, found)

    def _carry_out(self, case, member, found):
        """As ``newsletter.review`` does: Odoo at once, the tool with the next run."""
        engine, now = self.world.engine, self.world.now
        member.accepted = found.accepted or member.accepted
        member.decision, member.decided_at = found.decision, now
        member.reason = found.needs_reason
        case.outcome = replace(
            plan(None, case.local, case.remote, engine.policy(case)), local=found.local
        )
        engine.write_odoo(case)
        engine._settle(engine._case(member, None))


Machine.TestCase.settings = settings(
    max_examples=20_000 if LONG else 800,
    stateful_step_count=50 if LONG else 25,
    deadline=None,
    # new histories are for the long profile: a build fails for its own changes only
    derandomize=not LONG,
    suppress_health_check=list(HealthCheck),
)
TestMachine = Machine.TestCase
