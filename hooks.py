"""What Odoo calls when the addon is removed."""

from .models import newsletter_change_triggers, newsletter_consent_guard


def uninstall(env):
    """Take the triggers away first: they name tables that are dropped next."""
    newsletter_change_triggers.drop(env.cr)
    newsletter_consent_guard.drop(env.cr)
