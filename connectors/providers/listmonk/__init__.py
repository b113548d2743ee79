"""listmonk's API; ``docs/providers/listmonk.md`` tells what to expect."""

from .connector import Listmonk
