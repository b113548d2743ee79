"""The sandbox's logins, read without its package, which needs more than Python."""

import runpy

from ..environment import places

#: tool -> {credential: value}
LOGINS = runpy.run_path(str(places.CHECKOUT / "sandbox" / "logins.py"))["LOGINS"]
