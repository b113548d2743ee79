"""Translations parse, and German says everything that the template asks for."""

from __future__ import annotations

import polib

from ..environment.places import CHECKOUT, MODULE
from . import addons, shown


def check():
    for addon in addons():
        for path in sorted(addon.glob("i18n/*.po*")):
            try:
                entries = polib.pofile(path)
            except (OSError, UnicodeDecodeError) as error:
                yield f"{shown(path)}: {error}"
                continue
            if path.name == "de.po":
                yield from _gaps(path, entries, addon / "i18n" / f"{_name(addon)}.pot")


def merge_template():
    """Bring each translation to the template's terms; what is new is left empty."""
    for addon in addons():
        template = addon / "i18n" / f"{_name(addon)}.pot"
        if addon == CHECKOUT:
            _leave_out_glue(template)
        for path in sorted(addon.glob("i18n/*.po")):
            translation = polib.pofile(path, wrapwidth=78)
            translation.merge(polib.pofile(template))
            translation.save()
            print(f"{shown(path)}: {translation.percent_translated()} % translated")


def _leave_out_glue(path):
    """Odoo takes the code below glue/ for ours, too; its terms stand in its own."""
    template = polib.pofile(path, wrapwidth=78)
    strange = f"{MODULE}/glue/"
    if not any(
        strange in place for entry in template for place, _ in entry.occurrences
    ):
        return
    for entry in list(template):
        entry.occurrences = [at for at in entry.occurrences if strange not in at[0]]
        if not entry.occurrences:
            template.remove(entry)
    template.save()


def _gaps(path, entries, template):
    for entry in entries:
        if entry.obsolete:
            continue
        if "fuzzy" in entry.flags:
            yield f"{shown(path)}:{entry.linenum}: unsure (fuzzy): {entry.msgid!r}"
        elif not entry.msgstr:
            yield f"{shown(path)}:{entry.linenum}: not translated: {entry.msgid!r}"
    if template.exists():
        known = {entry.msgid for entry in entries if not entry.obsolete}
        for entry in polib.pofile(template):
            if entry.msgid not in known:
                yield f"{shown(path)}: lacks {entry.msgid!r} of the template"


def _name(addon) -> str:
    """The module's name; the root's folder may have any."""
    return MODULE if addon == CHECKOUT else addon.name


if __name__ == "__main__":
    merge_template()
