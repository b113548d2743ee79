"""A local stand-in that speaks the newsletter tools' real HTTP dialects.

For the demo and the tests; it holds invented people only and is never part of a
database. Nothing of the addon is imported here, and the addon imports nothing of this.
"""

from .server import Sandbox

__all__ = ["Sandbox"]
