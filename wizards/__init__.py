from . import newsletter_push_wizard
