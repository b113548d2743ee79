"""GNU Mailman 3, REST API 3.1; ``docs/providers/mailman.md`` tells what to expect."""

from .connector import Mailman
