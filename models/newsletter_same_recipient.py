"""Whether a recipient of the tool is a member: conditions, in SQL and of rows."""

from odoo.tools import SQL

from ..sync.reconcile_status import LEFT, MAILED

STATUSES_LEFT = frozenset(status.value for status in LEFT)
STATUSES_MAILED = frozenset(status.value for status in MAILED)


def leaves(coupling):
    """The condition that ``member`` left in Odoo and the tool has not obeyed yet."""
    return SQL(
        """
        (COALESCE(member.task = 'unsubscribe', FALSE)
         OR (member.remote_status = ANY(%s)
             AND EXISTS (
                     SELECT FROM mailing_subscription subscribed
                      WHERE subscribed.contact_id = member.contact_id
                        AND subscribed.list_id = %s AND subscribed.opt_out)))
        """,
        list(STATUSES_MAILED),
        coupling.mailing_list_id.id or None,
    )


def is_one(met, member):
    """Whether no ids speak against a recipient being the member with its address."""
    ids = (met.remote_id, member.remote_id)
    return not all(ids) or ids[0] == ids[1]


def goes_before(case, former):
    """Of several recipients who may be one member: a leaving that was found by the
    address, else who is found by the id; of equals the one that was read last."""
    return bool(case.fetched) and _rank(case) >= _rank(former)


def _rank(case):
    met, member = case.fetched, case.member
    if not met:
        return 0
    if not met.status:  # looked for and not there
        return 1
    if met.remote_id and met.remote_id == member.remote_id:
        return 3
    return 4 if met.status in STATUSES_LEFT else 2
