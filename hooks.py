"""What Odoo calls when the addon is installed and when it is removed."""

from .models import newsletter_change_triggers, newsletter_consent_guard


def install(env):
    """Obey what older systems have written into addresses: [NO MAILING]."""
    env["newsletter.leaving"]._read_all_markers()


def uninstall(env):
    """Take the triggers away first: they name tables that are dropped next."""
    newsletter_change_triggers.drop(env.cr)
    newsletter_consent_guard.drop(env.cr)
