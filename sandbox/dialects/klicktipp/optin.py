"""Opt-in processes, which this API calls lists."""

from __future__ import annotations

from typing import Any

from ...store import number
from ..base import Refusal, route


class OptIn:
    """Made in the web page only; the one without a name is the default (double)."""

    @route("GET", "/list")
    def list_processes(self, request):
        """Id → name."""
        return {str(one["listid"]): one["name"] for one in self._processes()}

    @route("GET", "/list/<id>")
    def read_process(self, request, id):
        """One of them."""
        return self.process(id)

    @route("POST", "/list/redirect")
    def redirect(self, request):
        """The page on which a person lands: to wait, or thanked already."""
        body = self.given(request)
        process = self.process(self.needed(body, "listid"))
        self.needed(body, "email")
        kind = "thankyouurl" if process["usesingleoptin"] else "pendingurl"
        return [process[kind]]

    # ----------------------------------------------------------------- shared
    def prepare_processes(self) -> None:
        """The default one, and one with single opt-in."""
        self.new_process("")
        self.new_process("Single Opt-in", single=True)

    def new_process(self, name: str, single: bool = False) -> int:
        """As the staff makes it; its id."""
        id = self.store.next_number()
        process = {
            "listid": id,
            "name": name,
            "usesingleoptin": single,
            "pendingurl": f"https://www.example.org/pending/{id}",
            "thankyouurl": f"https://www.example.org/thankyou/{id}",
            "resendconfirmationemail": False,
            "usechangeemail": False,
        }
        self.store.put(self.code, "process", id, process)
        return id

    def process(self, id: Any = None) -> dict[str, Any]:
        """The one with this id, or 404; the default one without an id."""
        for one in self._processes():
            if one["listid"] == number(id) if id else not one["name"]:
                return one
        raise Refusal(404, self.text("missing"))

    def _processes(self) -> list[dict[str, Any]]:
        return self.store.find(self.code, "process")
