"""Both ways under kill -9, amid each phase; the end is the undisturbed one."""

import os
from collections import Counter

from tests_system.pace import PACE, killed_amid
from tests_system.two_way import HELPERS, TwoWay
from tests_system.two_way_life import (
    BLOCKED_HERE,
    FOR_EACH,
    FOR_ODOO,
    LEFT_BOTH,
    LEFT_HERE,
    LEFT_THERE,
    TO_DELETE,
    TO_UNSUBSCRIBE,
    UNANSWERED,
    Life,
)
from tests_system.two_way_state import difference, state

#: the slices shrink with the number; NEWSLETTER_MANY=20000 takes its time
PEOPLE = int(os.environ.get("NEWSLETTER_MANY", "300"))
#: kills that must have met a phase with some of it committed and some left
HITS = 2
#: phases in which it must have come to that; others may be too short for it
PHASES = {
    *("fetch/read", "fetch/enter", "fetch/reconcile", "reconcile/reconcile"),
    *("review/review", "transmit/plan", "transmit/transmit"),
}


class Play:
    """Both sides of one list from the first meeting on, step by step."""

    def __init__(self, side: TwoWay):
        self.side, self.life = side, Life(side)
        self.cid = side.coupling
        self.hits = Counter()

    def steps(self):
        """(name, people in a slice, code that may be begun again after a kill), while
        both sides change in between."""
        some, few, least = PEOPLE // 10, PEOPLE // 75, PEOPLE // 150
        yield "meet", some, self._fetch(1)
        yield "plan", some, f"begin_once({self.cid}, 'transmit', 1)"
        self._mark()
        yield "send", some, f"approve({self.cid})"
        self._nobody_was_sent_twice(lacked=True)
        self.life.change_the_tool()
        self.life.change_odoo()
        yield "leave", few, ""
        yield "news", some, self._fetch(2)
        self.life.decide_singly()
        yield "decide", least, self.life.decide_many()
        self.life.change_odoo_later()
        yield "compare", least, f"begin_once({self.cid}, 'reconcile', 1)"
        yield "plan again", few, f"begin_once({self.cid}, 'transmit', 2)"
        self._mark()
        yield "send again", few, f"approve({self.cid})"
        self._nobody_was_sent_twice()
        yield "at last", some, self._fetch(3)

    def _fetch(self, number):
        return f"begin_once({self.cid}, 'fetch', {number}, whole=True)"

    def _mark(self):
        self._written = Counter(self.side.written())

    def _nobody_was_sent_twice(self, lacked=False):
        """Everybody whom the tool lacked was written, and nobody more than once."""
        assert not self.side.written_twice(self._written)
        if lacked:
            side = self.side
            newcomers = range(side.number * 4 // 5 + 1, side.number + 1)
            assert {side.email(n) for n in newcomers} <= set(side.written())

    def calm(self):
        """Nobody disturbs it; {step: {phase: its slices}}."""
        return {
            name: self.side.world.ask(self._code(people, code))
            for name, people, code in self.steps()
        }

    def wild(self, slices, chance):
        """Killed in each phase of each step; {phase: kills that met it amid}."""
        for name, people, code in self.steps():
            print(name, slices[name])
            for phase, number in slices[name].items():
                if name != "at last":
                    self._kill(phase, number, self._code(people, code), chance)
            self.side.world.ask(self._code(people, code))
        return self.hits

    def _kill(self, phase, number, code, chance):
        for _kill in range(HITS if phase in PHASES else 1):
            if number < 3:
                return
            world, connection = self.side.world, self.side.connection
            hit = killed_amid(world, connection, code, phase, chance, number)
            if hit:
                self.hits[phase] += 1
                number -= hit[-1]

    def _code(self, people, code):
        return f"""
doom = globals().get("doom")  # a process that shall die begins with its own
{HELPERS}
{PACE}
small({people}, {PEOPLE // 10})
watched(doom)
{code}
drain({self.cid})
answer(taken)
"""


def test_the_end_is_the_undisturbed_one(world, chance):
    """A list that nobody disturbs, and one like it that is killed in each phase."""
    calm = Play(TwoWay(world, "calm", PEOPLE))
    slices = calm.calm()
    wild = Play(TwoWay(world, "wild", PEOPLE, beside=calm.side))
    hits = wild.wild(slices, chance)
    print(f"{PEOPLE} people, killed amid: {dict(hits)}")
    wanted, found = state(calm.side), state(wild.side)
    assert not difference(wanted, found), difference(wanted, found)
    missed = {phase for phase in PHASES if hits[phase] < HITS}
    assert not missed, f"not killed amid {missed}: {dict(hits)}"
    _is_right(calm, wanted)
    assert not world.sandbox.store.notes("reactivation")


def _is_right(play, found):
    """The undisturbed end itself: nothing is left over, nobody who left is back, and
    every decision has been carried out."""
    assert found["left over"] == [
        '{"candidates": 0, "changes": 0, "fetched": 0, "flights": 0, "stages": 0}'
    ]
    life, side = play.life, play.side
    there = {member.email: member for member in side.held()}
    left = (LEFT_THERE, LEFT_HERE, LEFT_BOTH, BLOCKED_HERE, TO_UNSUBSCRIBE)
    assert {there[email].status for email in life.of(*left)} == {"unsubscribed"}
    long_ago = [side.email(n) for n in range(10, side.number * 4 // 5 + 1, 10)]
    assert {there[email].status for email in long_ago} == {"unsubscribed"}
    names = dict(
        line.split("|")
        for line in side.world.sql(
            "SELECT email, first_name FROM mailing_contact"
            f" WHERE email LIKE '{side.name}%'"
        ).splitlines()
    )

    def both(emails):
        """(first name in Odoo, in the tool), the numbers left out."""
        told = {
            email: {**there[email].shared, **there[email].attributes}
            for email in emails
        }
        return {
            (names[email].split(" ")[0], values[side.field].split(" ")[0])
            for email, values in told.items()
        }

    assert both(life.of(FOR_ODOO[1])) == {("O", "O")}
    tool, accepted, own, later = (life.of(FOR_EACH, part=n) for n in range(4))
    assert both(tool) == {("T", "T")}
    assert both(own) == {("Own", "Own")}
    assert both(accepted) == both(later) == both(life.of(UNANSWERED)) == {("O", "T")}
    snoozed = [
        row for row in found["members"] if '"snoozed_until": "2099-01-01"' in row
    ]
    assert len(snoozed) == len(later)
    taken_back = set(life.of(TO_DELETE, part=1))
    assert set(life.of(TO_DELETE)) & set(there) == taken_back
