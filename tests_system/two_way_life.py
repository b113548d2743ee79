"""What happens on both sides once they have agreed, and what people decide about it.

Everybody has a number, and the number says what happens to them, so that it is the same
on two lists. Only who is on both sides and receives the newsletter is spoken of.
"""

from __future__ import annotations

#: number % 20 of those to whom it happens; 0 and 10 have left in the tool before
LEFT_THERE, BOUNCED, EDITED_THERE, MOVED_THERE = 1, 2, 3, 4
EDITED_HERE, LEFT_HERE, LEFT_BOTH = 5, 8, 9
GONE_THERE, MOVED_HERE, BLOCKED_HERE = 11, 12, 13
TO_DELETE, TO_UNSUBSCRIBE, EDITED_LATER = 14, 15, 18
#: another name on each side: most are answered for Odoo, some in each other way
FOR_ODOO, FOR_EACH, UNANSWERED = (6, 7), 16, 17

_AS_USERS_DO = """
def readers(emails):
    return env["mailing.contact"].search([("email", "in", emails)], order="id")

def subscriptions(emails):
    return env["mailing.subscription"].search([
        ("contact_id", "in", readers(emails).ids), ("list_id", "=", {mailing_list})])

def members(emails):
    return env["newsletter.member"].search([
        ("coupling_id", "=", {coupling}), ("email", "in", emails)], order="id")

def rename(emails, word):
    for contact in readers(emails):
        contact.first_name = word + " " + contact.last_name

def apply(emails, **answer):
    results = env["newsletter.review"]._apply(members(emails), answer)
    assert not any(results.values()), results
    return len(results)
"""


class Life:
    """The changes of one list and the decisions about them."""

    def __init__(self, side):
        self.side = side

    def of(self, *rests: int, part: int | None = None) -> list[str]:
        """Addresses of those with such a number; ``part``: a quarter of them."""
        number = self.side.number
        return [
            self.side.email(n)
            for n in range(number // 5 + 1, number * 4 // 5 + 1)
            if n % 20 in rests and (part is None or n // 20 % 4 == part)
        ]

    def _as_users_do(self, code: str):
        side = self.side
        helpers = _AS_USERS_DO.format(
            mailing_list=side.mailing_list, coupling=side.coupling
        )
        return side.world.ask(helpers + code)

    # --- both sides change -----------------------------------------------------------
    def change_the_tool(self) -> None:
        """Leavings, bounces, edits, new addresses, removals, and people who join."""
        side = self.side
        for act, rests, more in (
            ("unsubscribe", (LEFT_THERE, LEFT_BOTH), {}),
            ("bounce", (BOUNCED,), {}),
            ("delete", (GONE_THERE,), {}),
            ("edit", (EDITED_THERE,), {"values": {side.field: "There"}}),
            ("edit", (*FOR_ODOO, FOR_EACH, UNANSWERED), {"values": {side.field: "T"}}),
        ):
            for email in self.of(*rests):
                side.world.dialect.act(act, side.list_id, email, **more)
        for email in self.of(MOVED_THERE):
            new = email.replace("@", "-there@")
            side.world.dialect.act("change_address", side.list_id, email, new=new)
        side.fill_tool(side.number + 1, side.number * 21 // 20)

    def change_odoo(self) -> None:
        """What users do in Odoo, with all that follows from it at once."""
        side, moved = self.side, self.of(MOVED_HERE)
        new = ", ".join(f"('{email.replace('@', '-here@')}')" for email in moved)
        side.world.sql(
            "INSERT INTO newsletter_consent"
            " (email, company_id, medium, state, state_at, purpose)"
            " SELECT new, 1, 'email', 'confirmed', '2024-01-01', 'Newsletter'"
            f" FROM (VALUES {new}) AS moved (new)"
        )
        self._as_users_do(
            f"""
rename({self.of(EDITED_HERE)!r}, "Here")
rename({self.of(*FOR_ODOO, FOR_EACH, UNANSWERED)!r}, "O")
subscriptions({self.of(LEFT_HERE, LEFT_BOTH)!r}).write({{"opt_out": True}})
for contact in readers({moved!r}):
    contact.email = contact.email.replace("@", "-here@")
env["mail.blacklist"].create([
    {{"email": email}} for email in {self.of(BLOCKED_HERE)!r}])
"""
        )
        side.fill_odoo(side.number * 21 // 20 + 1, side.number * 22 // 20)

    # --- decisions -------------------------------------------------------------------
    def decide_singly(self) -> None:
        """Each kind of answer, committed at once as a dialog does."""
        key = f"str({self.side.mapping})"
        tool, accepted, own, later = (self.of(FOR_EACH, part=n) for n in range(4))
        deleted, taken_back = self.of(TO_DELETE), self.of(TO_DELETE, part=1)
        self._as_users_do(
            f"""
key = {key}
counts = [
    apply({tool!r}, kind="answer", choices={{key: "tool"}}),
    apply({accepted!r}, kind="answer", choices={{"*": "accept"}}),
    apply({own!r}, kind="answer", choices={{key: "own"}}, own={{key: "Own"}}),
    apply({later!r}, kind="snooze", until="2099-01-01", reason="on holiday"),
    apply({deleted!r}, kind="task", task="delete", reason="asked to"),
    apply({self.of(TO_UNSUBSCRIBE)!r}, kind="task", task="unsubscribe"),
    apply({taken_back!r}, kind="undo"),
]
assert all(counts), counts
"""
        )

    def decide_many(self) -> str:
        """Code that begins the run which answers for many; once only."""
        emails = self.of(*FOR_ODOO)
        return f"""
if not env["newsletter.run"].search_count([
        ("kind", "=", "review"), ("coupling_id", "=", {self.side.coupling})]):
    from odoo.tools import SQL
    env["newsletter.run"]._queue_review(
        env["newsletter.coupling"].browse({self.side.coupling}),
        SQL("SELECT id AS member_id, difference_digest AS difference"
            " FROM newsletter_member WHERE coupling_id = %s AND email = ANY(%s)",
            {self.side.coupling}, {emails!r}),
        {{"kind": "answer", "choices": {{"*": "odoo"}}, "reason": "Odoo knows better"}})
    env.cr.commit()
"""

    def change_odoo_later(self) -> None:
        """After the decisions; of some of those who were decided about as well."""
        again = self.of(FOR_ODOO[0], part=0) + self.of(TO_UNSUBSCRIBE, part=0)
        self._as_users_do(f'rename({self.of(EDITED_LATER) + again!r}, "Later")')
