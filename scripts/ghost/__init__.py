"""A real Ghost 5 on this machine: for tests, and to look at what it does.

    scripts/python -m scripts.ghost        runs one until Ctrl-C

It is installed once into the cache (Node 20, npm and a C++ compiler are needed; 2 to 3
minutes, 0.6 GB), keeps everything in a scratch folder and listens on 127.0.0.1.
"""

from .programs import provide
from .server import GhostServer

__all__ = ["GhostServer", "provide"]
