"""A client of the sandbox's listmonk."""

import requests

ANNA, BOB = "anna@example.org", "bob@example.org"
LOGIN = ("odoo", "sandbox-token")


class Client:
    """Speaks to one sandbox's listmonk."""

    def __init__(self, sandbox):
        self.base = sandbox.url("listmonk")

    def raw(self, method, path, json=None, auth=LOGIN, **options):
        return requests.request(
            method, self.base + path, json=json, auth=auth, timeout=20, **options
        )

    def __call__(self, method, path, json=None, **params):
        reply = self.raw(method, "/api" + path, json, params=params)
        assert reply.ok, (reply.status_code, reply.text)
        return reply.json()["data"]

    def status(self, method, path, json=None, **params):
        return self.raw(method, "/api" + path, json, params=params).status_code

    def add(self, *lists, email=ANNA, **more):
        return self("POST", "/subscribers", {"email": email, "lists": lists, **more})

    def on(self, id, list_id):
        """Somebody's status on a list; None if not there."""
        for each in self("GET", f"/subscribers/{id}")["lists"]:
            if each["id"] == list_id:
                return each["subscription_status"]
        return None


def put_on(client, id, list_id, status):
    if status:
        body = {"ids": [id], "action": "add", "target_list_ids": [list_id]}
        client("PUT", "/subscribers/lists", body | {"status": status})
