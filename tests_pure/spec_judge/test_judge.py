"""The judges see what they are there for; what they judge is the contract suite."""

import os

import pytest
import requests

from newsletter_sync.tests_pure.spec_judge import files, known_errors
from newsletter_sync.tests_pure.spec_judge.known_errors import corrected

BASIC = ("odoo", "key")
needs_files = pytest.mark.skipif(
    not os.environ.get(files.VARIABLE),
    reason=f"{files.VARIABLE} is not set: no request is compared with the vendors' "
    "OpenAPI files",
)

#: tool, path, request, and a word of the fault; "" for none
CASES = [
    ("brevo", "/v3/contacts", {"json": {"email": "a@example.org"}}, ""),
    ("brevo", "/v3/contacts", {"json": {"emial": "a@example.org"}}, "emial"),
    ("brevo", "/v3/contacts", {"json": {"listIds": ["x"]}}, "integer"),
    ("brevo", "/v3/contacts", {"json": {}, "headers": {}}, "Security"),
    ("brevo", "/v3/kontakte", {"json": {}}, "PathNotFound"),
    ("klicktipp", "/subscriber/tag", {"json": {"email": "a", "tagids": [1]}}, ""),
    ("klicktipp", "/subscriber/tag", {"json": {"email": "a"}}, "tagids"),
    ("klicktipp", "/subscriber/tagged", {"json": {"tagid": "1"}}, "integer"),
    ("listmonk", "/api/subscribers", {"json": {"lists": [1]}}, ""),
    ("listmonk", "/api/subscribers", {"json": {"lists": "1"}}, "array"),
    ("listmonk", "/api/subscribers", {"json": {"preconfirm": True}}, "preconfirm"),
    ("listmonk", "/api/subscribers?pgae=1", {"method": "GET"}, "parameter pgae"),
    ("listmonk", "/api/subscribers?order=up", {"method": "GET"}, "up"),
    ("mailchimp", "/3.0/lists?count=10", {"method": "GET"}, ""),
    ("mailchimp", "/3.0/lists?count=5000", {"method": "GET"}, "maximum"),
    ("mailchimp", "/3.0/lists/a", {"json": {"members": [{"status": "s"}]}}, "'s'"),
    ("mailchimp", "/3.0/lists/a", {"method": "PUT"}, "OperationNotFound"),
]


@needs_files
@pytest.mark.parametrize(("code", "path", "options", "word"), CASES)
def test_a_wrong_request_is_seen(code, path, options, word):
    options = {"method": "POST", "auth": BASIC, "headers": {"api-key": "k"}} | options
    url = f"http://127.0.0.1/{code}{path}"
    prepared = requests.Request(url=url, **options).prepare()
    faults = files.judge_of(code).request(prepared, path.partition("?")[0])
    assert (word in "; ".join(faults)) if word else faults == []


@needs_files
@pytest.mark.parametrize(
    ("body", "word"),
    [
        (b'{"data": {"results": [{"id": 1, "more": 2}], "total": 1}}', ""),
        (b'{"data": {"results": [{"id": "one"}]}}', "integer"),
        (b"<html></html>", "Deserialize"),
    ],
)
def test_a_wrong_answer_is_seen(body, word):
    prepared = requests.Request("GET", "http://127.0.0.1/api/subscribers").prepare()
    response = requests.Response()
    response.status_code, response._content = 200, body
    response.headers["Content-Type"] = "application/json"
    judge = files.judge_of("listmonk")
    told = "; ".join(judge.answer(prepared, "/api/subscribers", response))
    assert (word in told) if word else told == ""


@needs_files
def test_a_file_that_cannot_be_trusted_judges_no_answers():
    assert files.judge_of("mailchimp").answer(None, "", None) == []


@pytest.mark.parametrize("known", known_errors.KNOWN_ERRORS)
def test_every_known_error_is_of_a_tool_and_has_a_reason(known):
    assert known.code in files.FILES
    assert known.reason


def test_a_correction_that_leads_nowhere_is_told(monkeypatch):
    def only(*where):
        entry = known_errors.Correction("x", where, "right", "because")
        monkeypatch.setattr(known_errors, "KNOWN_ERRORS", (entry,))

    spec = {"paths": {"/a": [{"name": "q"}]}}
    only("paths", "/a", "name=q", "name")
    assert corrected("x", spec) == {"paths": {"/a": [{"name": "right"}]}}
    only("paths", "/a", "+")
    assert corrected("x", spec) == {"paths": {"/a": [{"name": "q"}, "right"]}}
    assert spec == {"paths": {"/a": [{"name": "q"}]}}
    for where in (("paths", "/b", "get"), ("paths", "/a", "name=z", "name")):
        only(*where)
        with pytest.raises(LookupError):
            corrected("x", spec)
    assert corrected("y", spec) == spec
