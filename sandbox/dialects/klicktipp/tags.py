"""Tags: what groups contacts, as there are no lists of people."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ...store import Member, RemoteList
from ..base import Refusal, route
from .shapes import refused, several


class Tags:
    """A tag is a list of the store; a member's ``registered`` is the time of tagging.

    SmartTags are given and taken by the system only; the page hides them. Chosen where
    the notes are silent: a name that is taken is refused; asking who has an unknown tag
    gives nobody; of several tags with an unknown one none is given.
    """

    @route("GET", "/tag")
    def list_tags(self, request):
        """Id → name."""
        return self.map({str(tag.id): tag.name for tag in self._tags()})

    @route("POST", "/tag")
    def create_tag(self, request):
        """The new id, in an array."""
        body = self.given(request)
        name = str(body.get("name") or "").strip()
        self._free(name)
        return [self.new_list(name, str(body.get("text") or ""))]

    @route("GET", "/tag/<id>")
    def read_tag(self, request, id):
        """One."""
        tag = self.tag(id)
        return {"tagid": str(tag.id), "name": tag.name, "text": tag.data["text"]}

    @route("PUT", "/tag/<id>")
    def change_tag(self, request, id):
        """Name and text; what is not named stays."""
        tag, body = self.tag(id), self.given(request)
        if body.get("name") is not None:
            name = str(body["name"]).strip()
            self._free(name, tag.id)
            tag.name = name
        if body.get("text") is not None:
            tag.data["text"] = str(body["text"])
        self.store.save_list(tag)
        return [True]

    @route("DELETE", "/tag/<id>")
    def delete_tag(self, request, id):
        """It disappears from all contacts."""
        tag = self.tag(id)
        if tag.data.get("smart"):
            raise refused(31)
        self.store.remove_list(tag.id)
        return [True]

    @route("POST", "/subscriber/tag")
    def tag_contact(self, request):
        """One or several tags for a contact; those it has keep their time."""
        body = self.given(request)
        contact = self.by_email(self.needed(body, "email"))
        wanted = several(self.needed(body, "tagids"))
        tags = [self.store.list(self.code, id) for id in wanted]
        if not all(tags) or any(tag.id == self.pool for tag in tags):
            raise refused(403)
        self.give_tags(contact, [tag.id for tag in tags])
        return [True]

    @route("POST", "/subscriber/untag")
    def untag_contact(self, request):
        """One tag; that the contact does not have it does not matter."""
        body = self.given(request)
        contact = self.by_email(self.needed(body, "email"))
        tag = self.store.list(self.code, self.needed(body, "tagid"))
        if tag is None or tag.id == self.pool:
            raise refused(403)
        if tag.data.get("smart"):
            raise refused(31)
        self.store.remove(tag.id, [contact.id])
        return [True]

    @route("POST", "/subscriber/tagged")
    def tagged(self, request):
        """Contact's id → time of tagging; filters in the body or in the query."""
        body = self.given(request)
        tag = self.store.list(self.code, self.needed(body, "tagid"))
        if tag is None:
            return self.map({})
        asked = {
            key: several(body.get(key)) or several(request.args.get(key))
            for key in ("status", "bounceStatus")
        }
        where, params = self.filtered(asked["status"], asked["bounceStatus"])
        rows = self.store.rows(
            "SELECT t.person_id, t.registered FROM members t JOIN members m"
            " ON m.list_id = ? AND m.person_id = t.person_id"
            f" WHERE t.list_id = ? AND {where} ORDER BY 1",
            [self.pool, tag.id, *params],
        )
        return self.map({str(id): str(time) for id, time in rows})

    # ----------------------------------------------------------------- shared
    def new_list(self, name: str, text: str = "") -> int:
        """A tag as the staff makes it; its id."""
        return self.store.add_list(self.code, name, text=text).id

    def smart_tag(self, name: str) -> RemoteList:
        """The SmartTag of that name, made when first needed."""
        for tag in self.store.lists(self.code):
            if tag.data.get("smart") and tag.name == name:
                return tag
        return self.store.add_list(self.code, name, text="", smart=True, hidden=True)

    def tag(self, id: Any) -> RemoteList:
        """The tag with this id, or 404."""
        found = self.store.list(self.code, id)
        if found is None or found.id == self.pool:
            raise Refusal(404, self.text("missing"))
        return found

    def give_tags(self, contact: Member, tags: Sequence[int]) -> None:
        """Tag somebody from the pool, and call the webhooks that wait for the tag."""
        known = {
            one.list_id for one in self.store.memberships(self.code, "", contact.id)
        }
        new = [tag for tag in tags if tag not in known]
        now = self.now()
        self.store.save(
            self.code,
            [contact.copy(list_id=tag, registered=now, data={}) for tag in new],
        )
        for tag in new:
            self.emit(tag, contact)

    def _tags(self) -> list[RemoteList]:
        shown = self.awkward("smart_listed")
        return [
            tag
            for tag in self.store.lists(self.code)
            if tag.id != self.pool and (shown or not tag.data.get("smart"))
        ]

    def _free(self, name: str, own: int = 0) -> None:
        if not name:
            raise Refusal(406, self.text("tag_name"))
        if any(tag.name == name and tag.id != own for tag in self._tags()):
            raise Refusal(406, self.text("tag_taken"))
