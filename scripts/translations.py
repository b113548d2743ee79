"""Export all terms into ``i18n/`` and merge them into the German file.

Run inside Odoo, on a database with the present code:

    scripts/python -m scripts.dev upgrade my_db
    scripts/python -m scripts.dev shell my_db < scripts/translations.py

Terms that are new stand in ``i18n/de.po`` with an empty translation; ``make lint`` fails
until somebody has filled them in.
"""

import io
from pathlib import Path

import polib

from odoo.modules import get_module_path
from odoo.tools.translate import trans_export

MODULE = "newsletter_sync"

folder = Path(get_module_path(MODULE)).resolve() / "i18n"
folder.mkdir(exist_ok=True)
buffer = io.BytesIO()
trans_export(None, [MODULE], buffer, "po", env)  # noqa: F821 - given by Odoo's shell
template = polib.pofile(buffer.getvalue().decode())
# dates would make every export a change
for field in ("POT-Creation-Date", "PO-Revision-Date"):
    template.metadata.pop(field, None)
template.save(str(folder / f"{MODULE}.pot"))

german = folder / "de.po"
known = polib.pofile(str(german)) if german.exists() else polib.POFile()
translated = {entry.msgid: entry.msgstr for entry in known if not entry.obsolete}
merged = polib.POFile()
merged.metadata = {**template.metadata, "Language": "de"}
for entry in template:
    entry.msgstr = translated.get(entry.msgid, "")
    merged.append(entry)
merged.save(str(german))
missing = [entry.msgid for entry in merged if not entry.msgstr]
print(f"{len(merged)} terms, {len(missing)} without a German text")
