"""Brevo, REST API v3; ``docs/providers/brevo.md`` tells what to expect."""

from .connector import Brevo
