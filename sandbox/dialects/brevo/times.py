"""Times that a client sends."""

from __future__ import annotations

import re
from datetime import datetime

from ..base import Refusal


def since(text: str, name: str) -> float:
    """Unix seconds of ``YYYY-MM-DDTHH:mm:ss.SSSZ`` or one with an offset.

    :raises Refusal: it is none; so is one whose plus was not percent-encoded
    """
    try:
        moment = datetime.fromisoformat(re.sub(r"[zZ]$", "+00:00", text))
        if moment.tzinfo is None:
            raise ValueError("no offset")
        return moment.timestamp()
    except ValueError:
        raise Refusal(400, f"{name} is not a valid date-time") from None
