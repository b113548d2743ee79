"""No address of a real person or organisation stands in the code, tests or demo."""

import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]

_ADDRESS = re.compile(r"[\w.%+-]+@((?:[a-z0-9-]+\.)+[a-z]{2,})\b", re.IGNORECASE)
#: nobody can own these (RFC 2606, RFC 6761)
_INVENTED = re.compile(
    r"(?:^|\.)(?:example\.(?:org|com|net)|example|test|invalid|local)$"
)
#: in a mail of the corpus a line that is too long goes on after a "="
_FOLDED = re.compile(r"=\r?\n")
_PICTURES = {".png", ".ico", ".jpg", ".zip"}
#: samples of syntax, and a vendor's own name for numbers
_SAMPLES = {"b.org", "b.de", "mailin-sms.com", "example.odoo.com"}
#: what is an address at all is its subject
_ABOUT_SYNTAX = {"tests_pure/sync/test_address.py"}


def _tracked():
    done = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True
    )
    return [name for name in done.stdout.decode().split("\0") if name]


def _strange(text):
    """The domains of addresses that somebody could own."""
    domains = {found[1].lower() for found in _ADDRESS.finditer(_FOLDED.sub("", text))}
    return {d for d in domains - _SAMPLES if not _INVENTED.search(d)}


def test_P2_only_invented_addresses():
    found = {}
    for name in _tracked():
        path = ROOT / name
        if path.suffix in _PICTURES or name in _ABOUT_SYNTAX or not path.is_file():
            continue
        strange = _strange(path.read_text(encoding="utf-8", errors="replace"))
        if strange:
            found[name] = sorted(strange)
    assert not found


def test_P2_a_real_domain_would_be_found():
    mail = "Anna <anna@{}>, ben@club.test".format
    assert _strange(mail("somewhere.de")) == {"somewhere.de"}
    assert not _strange(mail("example.o=\nrg"))
