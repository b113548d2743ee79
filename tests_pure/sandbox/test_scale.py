"""A million people: run with ``N=1000000`` and ``-s``; skipped otherwise."""

import os
import time

import pytest

from newsletter_sync.sandbox import Sandbox

from .conftest import Client

N = int(os.environ.get("N") or 0)


def memory():
    """Resident memory of this process in MB, client included."""
    with open("/proc/self/status") as lines:
        return next(int(x.split()[1]) for x in lines if x.startswith("VmRSS")) // 1024


@pytest.mark.skipif(not N, reason="N is not set")
@pytest.mark.parametrize("data", ["", ":memory:"])
def test_many(data):
    with Sandbox(data=data) as sandbox:
        client = Client(sandbox)
        group = client("POST", "/groups", {"name": "Many"})["id"]
        started = time.perf_counter()
        sandbox.seed(group, N, unsubscribed=3, bounced=1)
        print(f"\n{data or 'temporary file'}: {N} people")
        print(f"seeded in {time.perf_counter() - started:.1f} s, {memory()} MB")

        started, read, page = time.perf_counter(), 0, 0
        while True:
            got = client("GET", f"/groups/{group}/receivers", pagesize=5000, page=page)
            read, page = read + len(got), page + 1
            if len(got) < 5000:
                break
        seconds = time.perf_counter() - started
        print(f"{page} pages of 5000, {page / seconds:.1f} a second, {memory()} MB")
        assert read == N

        for label, start in (("known", 0), ("new", N)):
            started, batches = time.perf_counter(), 20
            for first in range(start, start + batches * 250, 250):
                rows = [
                    {
                        "email": f"person{i:07d}@example.org",
                        "global_attributes": {"city": f"City {i}"},
                    }
                    for i in range(first, first + 250)
                ]
                client("POST", f"/groups/{group}/receivers/upsert", rows)
            each = (time.perf_counter() - started) / batches * 1000
            print(f"upsert of 250 {label}: {each:.0f} ms")
        if not data:
            assert memory() < 300
