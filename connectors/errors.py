"""The small tree of everything that can go wrong when speaking to a tool.

Behaviour is in the class (``retryable``), advice for a person in ``hint``. Texts are
English source terms for the models to translate; no text ever holds a secret.
"""

from __future__ import annotations


class ConnectorError(Exception):
    """Base of all errors of this package; nothing else may leave a connector.

    :param detail: what the tool said, redacted, for the log
    :param status: HTTP status, 0 when there was no answer
    :param code: the tool's own error code or title
    """

    #: trying the same again later can help
    retryable = False
    #: seconds that the tool asks to wait before; None: it does not say
    retry_after: float | None = None
    #: what a person can do now
    hint = "Please look into the event log and ask your administrator."

    def __init__(self, detail: str = "", *, status: int = 0, code: str = ""):
        super().__init__(detail or self.__class__.__name__)
        self.detail = detail
        self.status = status
        self.code = code


class Unreachable(ConnectorError):
    """No answer: not found, refused, cut, timed out. It may have been done or not."""

    retryable = True
    hint = "The newsletter tool cannot be reached. It is tried again."


class ServerFault(ConnectorError):
    """The tool answered with its own failure (5xx), or with what is no answer."""

    retryable = True
    hint = "The newsletter tool has a problem of its own. It is tried again later."


class BadAnswer(ServerFault):
    """An answer that does not have the shape the tool promises (HTML, wrong types)."""

    hint = "The newsletter tool answered in an unknown way. It is tried again later."


class Throttled(ConnectorError):
    """Too many calls; the tool did not carry this one out."""

    retryable = True
    hint = "The newsletter tool asks to slow down. It goes on by itself."

    def __init__(
        self,
        detail: str = "",
        *,
        status: int = 429,
        code: str = "",
        retry_after: float | None = None,
    ):
        super().__init__(detail, status=status, code=code)
        self.retry_after = retry_after


class LoginRefused(ConnectorError):
    """Key, user or password is wrong."""

    hint = "The login was refused. Check the key or password of this connection."


class ReconnectNeeded(LoginRefused):
    """The stored token is dead and cannot be renewed; a person must log in again."""

    hint = "The access has expired. Open the connection and connect it again."


class PermissionMissing(ConnectorError):
    """The login is right, but this account may not do that."""

    hint = "This login lacks a permission in the newsletter tool. Grant it there."


class NotFound(ConnectorError):
    """The list, field or person is not (no longer) there."""

    hint = "This is no longer in the newsletter tool."


class Conflict(ConnectorError):
    """It exists already, or somebody else changes it right now."""

    hint = "This exists already in the newsletter tool."


class TooLarge(ConnectorError):
    """More rows than the tool takes at once; the caller sends smaller parts."""

    hint = "The newsletter tool takes fewer people at once."


class QuotaExceeded(ConnectorError):
    """The plan of the account is full."""

    hint = "The plan of the newsletter tool is full. Enlarge it or remove people there."


class Invalid(ConnectorError):
    """The tool calls what we sent wrong."""

    hint = "The newsletter tool did not accept the data. The event names the reason."


class MisConfigured(ConnectorError):
    """The connection cannot be used as it is filled in (found before any call)."""

    hint = "Complete the settings of this connection."


class Unsupported(ConnectorError):
    """The tool cannot do that at all; asking for it is a mistake of ours."""

    hint = "This newsletter tool cannot do that."


class WebhookRefused(ConnectorError):
    """A webhook call that did not prove where it comes from, or is malformed."""

    hint = "The call was not accepted."
