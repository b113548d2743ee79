"""Mailchimp, Marketing API v3; ``docs/providers/mailchimp.md`` tells what to expect."""

from .connector import Mailchimp
