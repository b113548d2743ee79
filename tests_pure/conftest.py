"""Let `newsletter_sync.sync…` be imported without Odoo, in a checkout of any name.

The root `__init__.py` imports the models and with them Odoo. An empty parent package
that only knows the folder stands in for it, so the packages below import as they do
inside Odoo, with their relative imports.
"""

import sys
from pathlib import Path
from types import ModuleType

CHECKOUT = Path(__file__).resolve().parents[1]

parent = ModuleType("newsletter_sync")
parent.__path__ = [str(CHECKOUT)]
sys.modules["newsletter_sync"] = parent
