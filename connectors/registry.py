"""Finds the connector of a tool; nothing else knows which tools there are.

A tool is a module in ``providers/`` that is named by its code and holds one
:class:`Connector` with that code. Modules are imported when they are asked for.
"""

from __future__ import annotations

import functools
import importlib
import pkgutil
from collections.abc import Mapping
from typing import Any

from . import providers
from .contract import Connector, TokenStore
from .errors import MisConfigured
from .masked_log import get_logger
from .transport import Transport

_logger = get_logger(__name__)

#: the in-memory tool: for tests and developers, never offered to users
_DEVELOPER = {"memory": f"{__package__}.memory"}


@functools.cache
def _modules() -> tuple[str, ...]:
    """The modules of the tools; they are looked for once in a process."""
    return tuple(info.name for info in pkgutil.iter_modules(providers.__path__))


def codes(developer: bool = False) -> list[str]:
    """The codes of all tools, sorted; ``developer`` adds the in-memory one."""
    found = _modules()
    return sorted(code for code in found if not code.startswith("_")) + (
        sorted(_DEVELOPER) if developer else []
    )


def get(code: str) -> type[Connector]:
    """The class of a tool.

    :raises MisConfigured: if there is no such tool, or its module is broken
    """
    if code not in codes(developer=True):
        raise MisConfigured(f"there is no newsletter tool named {code!r}")
    name = _DEVELOPER.get(code) or f"{providers.__name__}.{code}"
    try:
        module = importlib.import_module(name)
    except Exception as error:
        # whatever is wrong with one tool's module must not stop the other tools
        raise MisConfigured(
            f"the connector for {code!r} cannot be loaded: {error}"
        ) from error
    for value in vars(module).values():
        if (
            isinstance(value, type)
            and issubclass(value, Connector)
            and value.code == code
        ):
            return value
    raise MisConfigured(f"{name} holds no connector with the code {code!r}")


def all(developer: bool = False) -> dict[str, type[Connector]]:
    """Code -> class of all tools that can be loaded, sorted by label.

    A broken one is left out and logged: the others go on working.
    """
    classes = []
    for code in codes(developer):
        try:
            classes.append(get(code))
        except MisConfigured as error:
            _logger.error("%s", error)
    return {cls.code: cls for cls in sorted(classes, key=lambda c: c.label.lower())}


def connect(
    code: str,
    credentials: Mapping[str, str],
    *,
    tokens: TokenStore | None = None,
    allow_loopback: bool = False,
    **transport_options: Any,
) -> Connector:
    """A ready connector with a transport of its own. Makes no call yet.

    :param allow_loopback: the developer switch: loopback addresses and the in-memory
        tool are allowed
    :param transport_options: see :class:`Transport`
    :raises MisConfigured: unknown tool, or a required credential is empty
    """
    connector_class = get(code)
    if code in _DEVELOPER and not allow_loopback:
        raise MisConfigured(f"{connector_class.label} is for developers only")
    if missing := connector_class.missing_credentials(credentials):
        labels = ", ".join(field.label for field in missing)
        raise MisConfigured(f"please fill in: {labels}")
    transport = Transport(
        connector_class.capabilities, allow_loopback=allow_loopback, **transport_options
    )
    return connector_class(credentials, transport, tokens)
