"""The server, its domains, and its lists with their configuration."""

from __future__ import annotations

import re
from typing import Any

from ...store import RemoteList
from ..base import Refusal, route
from .shapes import arguments, created, no_content, one_of, paged, tagged

STYLES = ("legacy-announce", "legacy-default", "private-default")
POLICIES = ("open", "confirm", "moderate", "confirm_then_moderate")
#: the part of a list's configuration that matters here, as a new newsletter has it
CONFIG: dict[str, Any] = {
    "display_name": "",
    "description": "",
    "advertised": True,
    "subscription_policy": "confirm",
    "unsubscription_policy": "confirm",
    "send_welcome_message": True,
    "send_goodbye_message": True,
    "admin_immed_notify": True,
    "admin_notify_mchanges": False,
    "process_bounces": True,
    "bounce_score_threshold": 5,
    "subject_prefix": "",
    "preferred_language": "en",
}


class Lists:
    """A list has two names: ``news.example.test`` (id) and ``news@example.test``."""

    @route("GET", "/3.1/system/versions")
    def versions(self, request):
        """The cheapest call that needs a login."""
        return tagged(
            {
                "mailman_version": "GNU Mailman 3.3.10 (Tom Sawyer)",
                "python_version": "3.11.7",
                "api_version": "3.1",
                "self_link": self.link("system/versions"),
            }
        )

    # ---------------------------------------------------------------- domains
    @route("GET", "/3.1/domains")
    def list_domains(self, request):
        """All hosts that may have lists."""
        return paged(request, self.store.find(self.code, "domain"))

    @route("POST", "/3.1/domains")
    def create_domain(self, request):
        """One more host."""
        given = arguments(request, "description", mail_host=str, description=str)
        host = given["mail_host"]
        if self.store.get(self.code, "domain", host):
            raise Refusal(400, f"Duplicate email host: {host}")
        self.new_domain(host)
        return created(self.link(f"domains/{host}"))

    def new_domain(self, host: str) -> None:
        """A host that may have lists."""
        domain = {
            "mail_host": host,
            "alias_domain": None,
            "description": None,
            "self_link": self.link(f"domains/{host}"),
        }
        self.store.put(self.code, "domain", host, domain)

    # ------------------------------------------------------------------ lists
    @route("GET", "/3.1/lists")
    def list_lists(self, request):
        """All, by name."""
        public = request.args.get("advertised") == "true"
        rows = [
            self.list_resource(entry)
            for entry in self.all_lists()
            if entry.data["config"]["advertised"] or not public
        ]
        return paged(request, rows)

    @route("POST", "/3.1/lists")
    def create_list(self, request):
        """An empty list in the newsletter style or another."""
        given = arguments(
            request, "style_name", fqdn_listname=str, style_name=one_of(*STYLES)
        )
        local, at, host = given["fqdn_listname"].rpartition("@")
        if not at or not self.store.get(self.code, "domain", host):
            raise Refusal(400, f"Domain does not exist: {host}")
        if not re.fullmatch(r"[-_.+0-9a-z]+", local, re.IGNORECASE):
            raise Refusal(400, f"Invalid list name: {local}")
        list_id = f"{local.lower()}.{host}"
        if any(entry.data["list_id"] == list_id for entry in self.all_lists()):
            raise Refusal(400, "Mailing list exists")
        self.add_list(local.lower(), host)
        return created(self.link(f"lists/{list_id}"))

    @route("GET", "/3.1/lists/<list_id>")
    def read_list(self, request, list_id):
        """One, by either name."""
        return tagged(self.list_resource(self.list(list_id)))

    @route("DELETE", "/3.1/lists/<list_id>")
    def delete_list(self, request, list_id):
        """With its memberships; the addresses stay in the book."""
        entry = self.list(list_id)
        self.store.remove_list(entry.id)
        for kind in ("request", "ban"):
            self.store.drop(self.code, kind, scope=entry.id)
        return no_content()

    @route("GET", "/3.1/lists/<list_id>/config")
    def read_config(self, request, list_id):
        """All settings."""
        return tagged(dict(self.list(list_id).data["config"]))

    @route("GET", "/3.1/lists/<list_id>/config/<name>")
    def read_setting(self, request, list_id, name):
        """One setting."""
        config = self.list(list_id).data["config"]
        if name not in config:
            raise Refusal(404)
        return tagged({name: config[name]})

    @route("PATCH", "/3.1/lists/<list_id>/config")
    def change_config(self, request, list_id):
        """Some settings."""
        entry = self.list(list_id)
        given = {**request.form.to_dict(), **(request.get_json(silent=True) or {})}
        for name, value in given.items():
            if name == "created_at":
                raise Refusal(400, f"Read-only attribute: {name}")
            if name not in CONFIG:
                raise Refusal(400, f"Unknown attribute: {name}")
            if name == "subscription_policy" and value not in POLICIES:
                words = ", ".join(POLICIES)
                raise Refusal(
                    400, f'Invalid Parameter "{name}": Accepted Values are: {words}.'
                )
            kind = type(CONFIG[name])
            if kind is bool:
                value = str(value).lower() in ("true", "yes", "on", "1")
            entry.data["config"][name] = kind(value)
        entry.name = entry.data["config"]["display_name"]
        self.store.save_list(entry)
        return no_content()

    # ----------------------------------------------------------------- shared
    def all_lists(self) -> list[RemoteList]:
        """Every list but the address book, by name."""
        entries = [e for e in self.store.lists(self.code) if e.id != self.book]
        return sorted(entries, key=lambda entry: entry.data["list_id"])

    def list(self, list_id: str) -> RemoteList:
        """One by its id or its address, or 404."""
        wanted = list_id.replace("@", ".", 1)
        for entry in self.store.lists(self.code):
            if entry.data.get("list_id") == wanted:
                return entry
        raise Refusal(404)

    def list_number(self, list_id: Any) -> int:
        """The store's number of a list that is named as the tool does."""
        text = str(list_id)
        return int(text) if text.isdigit() else self.list(text).id

    def entry(self, number: int) -> RemoteList:
        """One by the store's number, or 404."""
        entry = self.store.list(self.code, number)
        if entry is None or entry.id == self.book:
            raise Refusal(404)
        return entry

    def add_list(self, local: str, host: str) -> RemoteList:
        """A new list; its name for people is made of its address."""
        config = {**CONFIG, "display_name": local.capitalize()}
        return self.store.add_list(
            self.code,
            config["display_name"],
            list_id=f"{local}.{host}",
            local=local,
            host=host,
            config=config,
        )

    def new_list(self, name: str) -> int:
        """A list as its owner makes it."""
        local = re.sub(r"[^0-9a-z]+", "-", name.lower()).strip("-") or "list"
        host = self.store.find(self.code, "domain")[0]["mail_host"]
        known = {entry.data["list_id"] for entry in self.all_lists()}
        while f"{local}.{host}" in known:
            local += "-2"
        entry = self.add_list(local, host)
        entry.name = entry.data["config"]["display_name"] = name
        self.store.save_list(entry)
        return entry.id

    def list_resource(self, entry: RemoteList) -> dict[str, Any]:
        """A list as JSON."""
        data = entry.data
        return {
            "advertised": data["config"]["advertised"],
            "display_name": data["config"]["display_name"],
            "fqdn_listname": f"{data['local']}@{data['host']}",
            "list_id": data["list_id"],
            "list_name": data["local"],
            "mail_host": data["host"],
            "member_count": self.store.count(entry.id),
            "volume": 1,
            "description": data["config"]["description"],
            "self_link": self.link(f"lists/{data['list_id']}"),
        }
