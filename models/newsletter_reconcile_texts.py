"""What a comparison found, in a clerk's words."""

from odoo.tools.translate import LazyTranslate

_lt = LazyTranslate(__name__)

#: code of somebody whom a comparison did not reach
ABORTED = "aborted"
#: code of an outcome (see ``sync.reconcile``) -> what stands at the member
TEXTS = {
    "agrees": _lt("Both sides agree."),
    ABORTED: _lt(
        "The comparison ended before this person. Resume it if it was stopped, or "
        "cancel it; the next one goes on."
    ),
    "nowhere": _lt("Not subscribed in Odoo and not in the tool."),
    "new_in_list": _lt("Found in the tool; the contact was put on the list."),
    "new_contact": _lt("Found in the tool; a contact was created."),
    "asks_for_contact": _lt("Found in the tool, unknown here. Please decide."),
    "one_way": _lt("On one side only, and the direction does not allow more."),
    "not_in_tool": _lt("Subscribed in Odoo, unknown in the tool."),
    "will_join": _lt("Subscribed in Odoo; will be transmitted."),
    "removed_in_tool": _lt("Was in the tool and was removed there."),
    "left_in_tool": _lt("Has left in the tool."),
    "stranger_left": _lt("Unknown here, and has left in the tool."),
    "removed_here": _lt("Was taken off the list in Odoo, is still in the tool."),
    "left_in_odoo": _lt("Unsubscribed in Odoo; the tool is told at once."),
    "joined_without_proof": _lt(
        "Left before; the tool says subscribed, but nothing proves it."
    ),
    "returned_without_proof": _lt(
        "Left before; Odoo says subscribed, but nothing proves it."
    ),
    "joined_there": _lt("Joined in the tool, but only Odoo may fill this list."),
    "newer_here": _lt("The status in Odoo is newer than the tool's."),
    "comes_back": _lt("A newer consent brings this person back."),
    "asked": _lt("The tool has asked and waits for the confirmation."),
    "bounce_lifted": _lt(
        "Undeliverable before; the tool says subscribed. Please decide."
    ),
    "taken_leaving": _lt("Has left in the tool; taken over."),
    "taken_newest": _lt("The tool's status is newer; taken over."),
    "taken_newer_proof": _lt("Confirmed again in the tool; taken over."),
    "taken_confirmed": _lt("Confirmed in the tool."),
    "taken_bounced": _lt("The tool reports the address as undeliverable."),
    "address_changed_there": _lt("Has another address in the tool; taken over."),
    "address_changed_here": _lt("Has another address in Odoo."),
    "address_guarded": _lt(
        "Has another address in the tool. The contact logs in to Odoo, so a person "
        "has to take it over."
    ),
    "address_removed": _lt("Has no address any more in Odoo."),
    "address_differs": _lt("The addresses differ. Please decide."),
    "new_address_without_consent": _lt("The new address has no consent yet."),
    "values_differ": _lt("Some values differed."),
    "differs": _lt("Both sides were changed. Please decide."),
    "accepted": _lt("The difference was accepted."),
    "overruled": _lt("A decision fell, because the person must not be mailed."),
    "forgotten": _lt("Was deleted here and must not come back."),
    "blocklisted": _lt("On the blocklist."),
    "unwanted": _lt("E-mails are not wanted."),
    "withdrawn": _lt("The consent was withdrawn."),
    "archived": _lt("The contact is archived."),
    "invalid": _lt("The address in Odoo is invalid."),
    "no_mailing": _lt("The address is marked [NO MAILING]."),
    "no_address": _lt("There is no address in Odoo."),
    "left_list": _lt("Has left this list."),
    "duplicate": _lt("Somebody else has the same address."),
    "none": _lt("There is no consent."),
    "pending": _lt("The consent was asked for and is not confirmed yet."),
    "single": _lt("There is only a single opt-in."),
    "aged": _lt("The consent is too old and must be confirmed anew."),
    "undeliverable": _lt("The address is undeliverable."),
}
