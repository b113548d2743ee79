"""KlickTipp, Management API; ``docs/providers/klicktipp.md`` tells what to expect."""

from .connector import KlickTipp
