"""All measurements: each module in this folder adds its own by ``@measurement``."""

import importlib
import pkgutil

from ..figures import MEASUREMENTS

for _found in pkgutil.iter_modules(__path__):
    importlib.import_module(f"{__name__}.{_found.name}")
