"""XML is well-formed, has the shape of Odoo's data files, and is written for Odoo 19.

Some old forms are accepted by the server and fail in the browser only; here they fail
at once.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path

from lxml import etree

from . import addons, shown
from .data_files import data_files

#: XPath of what is gone -> what to write instead.
_GONE = {
    "//tree[not(ancestor::templates)]": "<list>",
    "//field[@name='view_mode'][contains(., 'tree')]": "list",
    "//*[@attrs]": "invisible=, readonly=, required= with Python expressions",
    "//*[@states]": "invisible=",
    "//*[@t-name='kanban-box']": "t-name='card'",
    "//div[contains(@class, 'oe_chatter')]": "<chatter/>",
    "//search//group[@expand or @string]": "<group> or <group name=>",
    "//search//filter[not(@name)]": "a name on each filter",
    "//*[@t-raw]": "t-out",
    "//record[@model='ir.cron']/field[@name='numbercall' or @name='doall']": "nothing",
    "//record[not(@model='ir.rule')]/field[@name='groups_id']": "group_ids",
}


def check():
    schema = _schema_of_data_files()
    for addon in addons():
        for path in data_files(addon):
            if path.suffix == ".xml":
                yield from _problems(path, schema)
        for path in sorted((addon / "static").rglob("*.xml")):
            yield from _problems(path, None)


def _problems(path: Path, schema: etree.RelaxNG | None):
    try:
        document = etree.parse(path)
    except etree.XMLSyntaxError as error:
        yield f"{shown(path)}:{error.lineno}: {error.msg}"
        return
    if schema is not None and not schema.validate(document):
        for error in schema.error_log:
            yield f"{shown(path)}:{error.line}: {error.message}"
    for xpath, instead in _GONE.items():
        for element in document.xpath(xpath):
            yield f"{shown(path)}:{element.sourceline}: old form, now: {instead}"


def _schema_of_data_files() -> etree.RelaxNG:
    odoo = Path(next(iter(importlib.util.find_spec("odoo").submodule_search_locations)))
    return etree.RelaxNG(etree.parse(odoo / "import_xml.rng"))
