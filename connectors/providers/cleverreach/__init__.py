"""CleverReach, REST API v3; ``docs/providers/cleverreach.md`` tells what to expect."""

from .connector import CleverReach
