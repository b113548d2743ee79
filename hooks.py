"""What Odoo calls when the addon is removed."""

from .models import newsletter_change_triggers


def uninstall(env):
    """Take the triggers away first: they name tables that are dropped next."""
    newsletter_change_triggers.drop(env.cr)
