"""What keeps newsletters from arriving: a pure judgement over facts (S1, S2, S5)."""

from __future__ import annotations

from collections.abc import Sequence

#: percent of complaints from which to warn, and from which mailbox providers refuse
COMPLAINTS, COMPLAINTS_ALARM = 0.1, 0.3
#: percent of hard bounces
HARD_BOUNCES = 1.0


def percent(part: int, whole: int) -> float:
    """A share in percent; of nobody it is nothing."""
    return 100.0 * part / whole if whole else 0.0


def says(texts: Sequence[str], word: str) -> str:
    """Whether a name's texts hold what they should: "ok" or "missing".

    :param word: "v=spf1", "v=dmarc1", or "p=" for a key, which must not be empty (an
        empty one is a key that was revoked)
    """
    for text in texts:
        compact = "".join(text.lower().split())
        if word == "p=":
            key = dict(
                part.split("=", 1) for part in compact.split(";") if "=" in part
            ).get("p")
            if key:
                return "ok"
        elif compact.startswith(word):
            return "ok"
    return "missing"


def problems(
    *,
    spf: str | None,
    dkim: str | None,
    dmarc: str | None,
    imprint: bool,
    reply: bool,
    complaints: float,
    hard_bounces: float,
    single_opt_ins: bool,
) -> list[str]:
    """Names of what is to be improved, the worst first.

    :param spf: "ok", "missing" or None for unknown, which is to be looked at as well
    :param complaints: percent; ``hard_bounces`` too
    :param single_opt_ins: people are mailed who never confirmed by double opt-in, which
        those who certify senders want; what else they want (permission, opt-out,
        handling of returns) cannot be switched off here
    """
    found = []
    if complaints >= COMPLAINTS_ALARM:
        found.append("complaints_alarm")
    elif complaints >= COMPLAINTS:
        found.append("complaints")
    if hard_bounces >= HARD_BOUNCES:
        found.append("hard_bounces")
    domain = (("spf", spf), ("dkim", dkim), ("dmarc", dmarc))
    found += [name for name, state in domain if state != "ok"]
    if not imprint:
        found.append("imprint")
    if not reply:
        found.append("reply")
    if single_opt_ins:
        found.append("single_opt_ins")
    return found
