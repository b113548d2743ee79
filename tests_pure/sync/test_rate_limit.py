"""Buckets of tokens: what is allowed at once, in the long run, and to how many."""

from hypothesis import given
from hypothesis import strategies as st

from newsletter_sync.sync.rate_limit import Buckets


def test_a_burst_then_the_steady_rate():
    buckets = Buckets(capacity=3, per_second=0.5)
    assert [buckets.wait("a", 10.0) for _ in range(3)] == [0, 0, 0]
    assert buckets.wait("a", 10.0) == 2.0
    assert buckets.wait("b", 10.0) == 0
    assert buckets.wait("a", 12.0) == 0
    assert buckets.wait("a", 12.0) > 0


def test_asking_takes_nothing():
    buckets = Buckets(capacity=1, per_second=1)
    assert [buckets.wait("a", 0.0, 0) for _ in range(5)] == [0] * 5
    assert buckets.wait("a", 0.0) == 0
    assert buckets.wait("a", 0.0, 0) == 1


def test_memory_is_bounded():
    buckets = Buckets(capacity=1, per_second=1, keys=10)
    for number in range(1000):
        buckets.wait(number, 0.0)
    assert len(buckets._left) == 10


@given(st.lists(st.floats(0, 5), max_size=60))
def test_never_more_than_capacity_and_rate(pauses):
    buckets = Buckets(capacity=4, per_second=2)
    now = taken = 0.0
    for pause in pauses:
        now += pause
        taken += buckets.wait("a", now) == 0
    assert taken <= 4 + 2 * now + 1e-6
