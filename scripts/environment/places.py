"""All folders that the set-up uses; nothing is written into the checkout itself.

What is the same for every checkout (Odoo, Python packages) stands directly in the
cache; what belongs to one checkout (databases, files, logs) stands below
`checkouts/` under a name made from the checkout's path, so that several checkouts
live side by side.
"""

import hashlib
import os
import tempfile
from pathlib import Path

MODULE = "newsletter_sync"
CHECKOUT = Path(__file__).resolve().parents[2]

_cache_home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
CACHE = Path(_cache_home).expanduser().resolve() / MODULE

STATE = CACHE / "checkouts" / hashlib.sha256(bytes(CHECKOUT)).hexdigest()[:10]
LOGS = STATE / "logs"
POSTGRES_DATA = STATE / "postgres"
#: Linux takes socket paths of up to 107 bytes; for a deep cache there is another place.
SOCKETS = POSTGRES_DATA
if len(bytes(SOCKETS / ".s.PGSQL.5432")) > 107:
    SOCKETS = Path(tempfile.gettempdir()) / f"{MODULE}-{STATE.name}"
ODOO_DATA = STATE / "odoo"
ODOO_CONFIG = STATE / "odoo.conf"
#: Odoo takes a module's name from its folder, and a checkout may have any name:
#: here is a link of the right name that points to the checkout.
ADDONS = STATE / "addons"
#: Small addons that connect ours with others; each installs itself beside its others.
GLUE = CHECKOUT / "glue"
