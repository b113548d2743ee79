"""A client of the sandbox's Inxmail."""

import requests

ANNA, BOB = "anna@example.org", "bob@example.org"
HAL = "application/hal+json"
MERGE = {"Content-Type": "application/merge-patch+json"}
PROBLEM = "application/problem+json"


class Client:
    """Speaks as a good client does; paths begin below ``/rest/v1``."""

    def __init__(self, sandbox):
        self.sandbox = sandbox
        self.base = sandbox.url("inxmail") + "/sandbox/rest/v1"
        self.session = requests.Session()
        self.session.auth = ("sandbox-key", "sandbox-secret")
        self.session.headers["Accept"] = f"{HAL},{PROBLEM}"

    def raw(self, method, path, json=None, **options):
        url = path if path.startswith("http") else self.base + path
        if method == "PATCH":
            options.setdefault("headers", MERGE)
        return self.session.request(method, url, json=json, timeout=20, **options)

    def __call__(self, method, path, json=None, **params):
        return self.raw(method, path, json, params=params).json()

    def status(self, method, path, json=None, **params):
        return self.raw(method, path, json, params=params).status_code

    def items(self, path, **params):
        """One page's items."""
        (found,) = self("GET", path, **params).get("_embedded", {"": []}).values()
        return found

    def emails(self, **params):
        return [one["email"] for one in self.items("/recipients", **params)]

    def result(self, event, list_id, email, **more):
        body = {"listId": list_id, "email": email, **more}
        return self("POST", f"/events/{event}", body)["result"]

    def upload(self, list_id, text, name="people.csv", **params):
        files = {"file": (name, text if isinstance(text, bytes) else text.encode())}
        params["listId"] = list_id
        return self.raw("POST", "/imports/recipients", files=files, params=params)

    def run(self, list_id, text, **params):
        """Import and poll to the end: the import, and its errors."""
        made = self.upload(list_id, text, **params).json()
        path = f"/imports/recipients/{made['id']}"
        states = [made["state"]]
        while states[-1] not in ("SUCCESS", "FAILED"):
            done = self("GET", path)
            states.append(done["state"])
        (file,) = self.items(f"{path}/files")
        return done, self.items(f"{path}/files/{file['id']}/errors"), states


def journal(sandbox):
    return [note["via"] for note in sandbox.store.notes("reactivation", "inxmail")]
