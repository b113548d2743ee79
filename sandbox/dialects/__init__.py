"""The registry of dialects: nothing else knows which tools there are."""

from .base import Dialect
from .brevo import Brevo
from .cleverreach import CleverReach
from .ghost import Ghost
from .inxmail import Inxmail
from .klicktipp import KlickTipp
from .listmonk import Listmonk
from .mailchimp import Mailchimp
from .mailman import Mailman

DIALECTS: dict[str, type[Dialect]] = {
    dialect.code: dialect
    for dialect in (
        Brevo,
        CleverReach,
        Ghost,
        Inxmail,
        KlickTipp,
        Listmonk,
        Mailchimp,
        Mailman,
    )
}
