"""What the connectors' errors and answers mean, in the words of a clerk."""

from odoo.tools import formatLang
from odoo.tools.translate import LazyTranslate

from ..connectors import errors

_lt = LazyTranslate(__name__)

#: one sentence per class of error: what happened and what to do
ERROR_TEXTS = {
    errors.ConnectorError: _lt(
        "Something unexpected happened while speaking to the newsletter tool. "
        "Look into the event log or ask your administrator."
    ),
    errors.Unreachable: _lt(
        "The newsletter tool cannot be reached. Check the network or the address; "
        "later it is tried again."
    ),
    errors.ServerFault: _lt(
        "The newsletter tool has a problem of its own. Try again later."
    ),
    errors.BadAnswer: _lt(
        "The newsletter tool answered in an unknown way. Check the address of the "
        "connection or try again later."
    ),
    errors.Throttled: _lt(
        "The newsletter tool asks to slow down. It goes on by itself a little later."
    ),
    errors.LoginRefused: _lt(
        "The login was refused: the key or password is wrong. Check the login of the "
        "connection."
    ),
    errors.ReconnectNeeded: _lt(
        "The access to the newsletter tool has expired. An administrator has to open "
        "the connection and connect it again."
    ),
    errors.PermissionMissing: _lt(
        "The login is right, but a permission is missing in the newsletter tool. "
        "Grant it there."
    ),
    errors.NotFound: _lt("This is not (no longer) in the newsletter tool."),
    errors.Conflict: _lt("This exists already in the newsletter tool."),
    errors.TooLarge: _lt("The newsletter tool does not take so much at once."),
    errors.QuotaExceeded: _lt(
        "The plan of the newsletter tool is full. Enlarge it, or remove recipients "
        "there."
    ),
    errors.Invalid: _lt("The newsletter tool did not accept the data."),
    errors.MisConfigured: _lt(
        "The connection is not filled in correctly. Complete its login."
    ),
    errors.Unsupported: _lt("This newsletter tool cannot do that."),
    errors.WebhookRefused: _lt("The call of the newsletter tool was not accepted."),
}


def explain(env, error):
    """The plain sentence for an error, with what the tool said behind it."""
    for cls in type(error).__mro__:
        if cls in ERROR_TEXTS:
            text = env._(ERROR_TEXTS[cls])
            break
    else:
        text = env._(ERROR_TEXTS[errors.ConnectorError])
    detail = getattr(error, "detail", "")
    return f"{text} ({detail})" if detail else text


def account_found(env, account, lists, entries):
    """The good news of a connection test: who, which number, how many recipients.

    :param entries: people on all lists; somebody on two lists counts twice
    """
    parts = [
        env._(
            "Connected with %(name)s, account number %(number)s.",
            name=account.name or env._("(no name)"),
            number=account.remote_id,
        )
    ]
    if account.recipients is not None:
        parts.append(
            env._("Recipients: %s.", formatLang(env, account.recipients, digits=0))
        )
    else:
        parts.append(
            env._(
                "%(entries)s recipients on %(lists)s lists.",
                entries=formatLang(env, entries, digits=0),
                lists=lists,
            )
        )
    if account.quota:
        parts.append(
            env._("The plan allows %s.", formatLang(env, account.quota, digits=0))
        )
    return " ".join([*parts, *account.warnings])
