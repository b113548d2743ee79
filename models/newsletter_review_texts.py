"""What a review says to a clerk: why not, and what will happen."""

from odoo.tools.translate import LazyTranslate

_lt = LazyTranslate(__name__)

#: code of ``sync.choices.Refused`` or of the review itself -> why an answer is not
#: possible, and what to do instead
REFUSALS = {
    "nothing_to_decide": _lt("There is nothing (more) to decide."),
    "one_way": _lt(
        "The direction of the coupling forbids it: the side to be changed is not "
        "written. Choose the other side, or change the direction."
    ),
    "must_not_be_mailed": _lt(
        "The person must not be mailed (blocklist, e-mails not wanted, withdrawn, "
        "archived or deleted). Only the person can undo that, by a new consent."
    ),
    "no_consent": _lt(
        "There is no confirmed consent. Ask for it first, for instance by double "
        "opt-in."
    ),
    "no_own_value": _lt(
        "This cannot be answered in that way. Choose Odoo's side or the tool's."
    ),
    "own_value_invalid": _lt("The value does not fit the field."),
    "others_open": _lt(
        "A part can be accepted only when the other differences are answered, too."
    ),
    "needs_reason": _lt(
        "The person left before, and nothing newer proves the return. Give a reason; "
        "it is logged with your name."
    ),
    "not_offered": _lt("The task makes no sense for this person as things stand."),
    "changed_since": _lt(
        "Something else differs by now than what was shown, so nothing is decided. "
        "Fetch once more, look at it again and decide anew."
    ),
    "in_flight": _lt("Is being transmitted right now. Try again in a minute."),
    "no_right": _lt("You may not change this contact. Ask whoever may."),
    "overruled": _lt("The person has left or must not be mailed, so nothing is sent."),
}
