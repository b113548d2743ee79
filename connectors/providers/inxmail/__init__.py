"""Inxmail Professional, REST; ``docs/providers/inxmail.md`` tells what to expect."""

from .connector import Inxmail

__all__ = ["Inxmail"]
