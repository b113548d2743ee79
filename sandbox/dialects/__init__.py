"""The registry of dialects: nothing else knows which tools there are."""

from .base import Dialect
from .cleverreach import CleverReach
from .klicktipp import KlickTipp

DIALECTS: dict[str, type[Dialect]] = {
    dialect.code: dialect for dialect in (CleverReach, KlickTipp)
}
