"""What the tests of Inxmail share."""

import csv
import io
import re

BASE = "/acme/rest/v1"


LINKS = {"_links": {"self": {"href": "https://api.inxmail.com/x"}}}


def files(sandbox):
    """The files that were imported, as rows."""
    found = []
    for entry in sandbox.requests.all("POST", "/imports/recipients$"):
        text = re.search(rb"\r\n\r\n(.*)\r\n--", entry.body, re.DOTALL)[1].decode()
        found.append(list(csv.reader(io.StringIO(text), delimiter=";")))
    return found
