"""Ghost 5's Admin API; ``docs/providers/ghost.md`` tells what to expect."""

from .connector import Ghost
