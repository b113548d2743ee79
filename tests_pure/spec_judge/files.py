"""Which tool is judged by which file, and how far the file can be trusted."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from .known_errors import corrected

if TYPE_CHECKING:
    from .judge import Judge

VARIABLE = "NEWSLETTER_SPECS"


@dataclass(frozen=True)
class SpecFile:
    """A vendor's file."""

    name: str
    #: what its servers' addresses end in, as below the sandbox's address of the tool
    base: str = ""
    #: whether its answers can be trusted, too
    answers: bool = True


FILES = {
    "brevo": SpecFile("brevo.yaml", "/v3"),
    "klicktipp": SpecFile("klicktipp-management.openapi.json"),
    "listmonk": SpecFile("listmonk.yaml", "/api"),
    # Its answers were mixed up by a conversion: one member is described as a page.
    "mailchimp": SpecFile("mailchimp-marketing.yaml", "/3.0", answers=False),
}


@cache
def judge_of(code: str) -> Judge | None:
    """The judge of a tool, loaded once; None where there is none."""
    folder, file = os.environ.get(VARIABLE), FILES.get(code)
    if not folder or not file:
        return None
    # Imported here: without files nobody waits for them.
    import yaml

    from .judge import Judge

    path = Path(folder) / file.name
    text = path.read_text(encoding="utf-8")
    is_json = path.suffix == ".json"
    spec = json.loads(text) if is_json else yaml.load(text, yaml.CSafeLoader)
    return Judge(corrected(code, spec), file.base, file.answers)
