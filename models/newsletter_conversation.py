"""Speaking with a tool while slices are worked: one connector, one call at a time."""

from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

from odoo.modules import module

from ..connectors.contract import Refusal


class Conversation:
    """One connector for many slices, so that its connection stays open between them.

    A batch can be in the air in a thread while this one takes the next and keeps the
    last: the tool and the database work at the same time. There is only one such
    thread, so the tool never hears two calls at once.
    """

    def __init__(self):
        self._connector = None
        self._counted = 0
        self._known = {}
        self._thread = None
        self._pages = (None, None)
        #: when the first of these pages was asked for; some come with one before them
        self.asked_at = None
        #: ids of the batches that this process has in its hands (``newsletter.flight``)
        self.flights = set()

    def __enter__(self):
        return self

    def __exit__(self, *_exception):
        """Nothing is in the air any more when somebody else may speak to the tool."""
        if self._thread:
            self._thread.shutdown()

    def connector(self, run):
        if self._connector is None:
            connector = run.connection_id._connector(on_call=self._count)
            self._known = run._knowledge()
            connector.recall(self._known)
            self._connector = connector
        return self._connector

    def _count(self, _call):
        self._counted += 1

    def pages(self, place):
        """The pages that a slice has begun to read and that go on at this place."""
        reached, pages = self._pages
        return pages if place and place == reached else None

    def keep_pages(self, place, pages):
        """Let the next slice go on with these pages, if it begins at this place."""
        self._pages = (place, pages)

    def calls(self):
        """Calls to the tool since this was asked last."""
        counted, self._counted = self._counted, 0
        return counted

    def learned(self, answer):
        """What the run shall know of the tool from now on; None: what it knew before.

        If the tool refused an attribute, the next connector reads all of them anew.
        """
        known = self._connector.knowledge() if self._connector else {}
        before, self._known = self._known, known
        rows = getattr(answer, "rows", ())
        if any(getattr(row, "refusal", None) is Refusal.FIELD for row in rows):
            return {}
        return known if known != before else None

    def say(self, step, work, aside=False):
        """A step's speech; its answer comes by ``result()``, or its error.

        :param aside: it begins at once in the thread, else when it is asked for
        """
        # tests have one database cursor for all threads, which would wait for itself
        if aside and not module.current_test:
            self._thread = self._thread or ThreadPoolExecutor(1)
            return self._thread.submit(step.speak, work)
        return SimpleNamespace(result=lambda: step.speak(work))
