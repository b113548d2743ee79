"""What both sides of a person say, and what they agreed on last."""

from odoo import models

from ..sync.reconcile_records import Base, Side
from ..sync.reconcile_status import later
from ..sync.vocabulary import Status
from .newsletter_push import aware
from .newsletter_reconcile_load import NO_SUBSCRIPTION
from .newsletter_record_kinds import MODELS
from .newsletter_same_recipient import STATUSES_LEFT

#: statuses that the tool reports and the subscription cannot express
_REPORTED = ("pending", "hard_bounce", "soft_bounce", "general_bounce")


class NewsletterReconcile(models.AbstractModel):
    _inherit = "newsletter.reconcile"

    def _read_sides(self, coupling, cases, mappings, whole):
        """Fill ``local``, ``remote`` and ``subscription`` of the cases.

        :param whole: the tool's whole list was read, so who is not in it is gone
        """
        self.env.flush_all()
        self._read_people(cases)
        subscriptions = self._subscriptions(coupling, cases)
        values = self._local_values(cases, mappings)
        for case in cases:
            case.subscription = subscriptions.get(case.contact.id, NO_SUBSCRIPTION)
            case.local = self._local_side(coupling, case, values)
            case.remote = self._remote_side(case, whole)
            case.email = case.local.email or case.remote.email

    def _local_values(self, cases, mappings):
        """{(model, id): {mapping id: value}}, read only of records that may have
        changed since the comparison before."""
        changed_at = max(mappings.mapped("write_date"), default=None)
        for case in cases:
            if case.remembered and changed_at and case.member.synced_at <= changed_at:
                # another mapping asks for values that nobody remembers
                case.remembered = False
        values = {}
        for kind, model in MODELS.items():
            records = self.env[model].browse(
                {
                    case.record.id
                    for case in cases
                    if case.person and not case.remembered and case.person.kind == kind
                }
            )
            read = mappings._for_kind(kind).filtered("remote_name")
            read = read._read_values(records)
            values |= {(model, id_): each for id_, each in read.items()}
        return values

    def _local_side(self, coupling, case, values):
        member, person = case.member, case.person
        if case.remembered and person:
            said = member.local_values or member.base_values or {}
        else:
            record = case.record
            said = values.get((record._name, record.id), {})
        status, at = self._local_status(coupling, case)
        return Side(
            status=status,
            status_at=aware(at),
            email=case.address.email or ("" if person else member.email or ""),
            values=said,
            changed_at=aware(person.write_date),
            known=bool(person),
        )

    def _local_status(self, coupling, case):
        """The subscription says it; what only the tool knows is on the member."""
        member, subscription = case.member, case.subscription
        if not coupling.mailing_list_id:
            status = member.local_status or member.remote_status
            return (Status(status) if status else None), member.local_status_at
        if not subscription:
            return None, None
        if subscription.opt_out:
            return Status.UNSUBSCRIBED, _left_at(member, subscription)
        at = _joined_at(member, subscription)
        if member.local_status in _REPORTED:
            return Status(member.local_status), at
        return Status.SUBSCRIBED, at

    def _remote_side(self, case, whole):
        """What was fetched just now, else what is remembered of the tool's side.

        Who is not in a list that was read as a whole is gone.
        """
        row, member = case.fetched, case.member
        if row and not row.status:  # looked for and not there
            return Side()
        if row:
            return Side(
                status=Status(row.status),
                status_at=aware(row.status_at),
                email=row.email or "",
                values=row.values or {},
                changed_at=aware(row.changed_at),
                known=True,
                read_at=aware(row.read_at),
            )
        if whole or not member.remote_id or not member.remote_status:
            return Side()
        return Side(
            status=Status(member.remote_status),
            status_at=aware(member.remote_status_at),
            email=member.remote_email or member.email,
            values=member.remote_values or member.base_values or {},
            known=True,
        )

    def _base(self, case, common=None):
        """What both sides agreed on last.

        :param common: see ``_common_policy``
        """
        member = case.member
        agreed = member.base_status
        # whom a push brought to the tool was never on a list that is coupled later
        if not agreed and member.result == "success":
            by_hand = (
                common.by_hand if common else not member.coupling_id.mailing_list_id
            )
            agreed = by_hand and member.remote_status
        if not agreed and not member.base_values:
            return None
        return Base(
            status=Status(agreed) if agreed else None,
            email=member.email,
            values=member.base_values or {},
            at=aware(member.synced_at),
        )


# The date that a member remembers is that of the status that it remembers. Where the
# subscription says another one, that date is over, and what stays unknown decides
# nothing: the person is protected then, see ``sync.reconcile_status``.
def _joined_at(member, subscription):
    """Since when the row has somebody on the list; None if nothing tells."""
    at = member.local_status_at or None  # a record of a member says False
    if member.local_status in STATUSES_LEFT:
        # put back since; a write past the ORM leaves no time behind
        back_at = subscription.write_date
        return back_at if later(back_at, at) else None
    if not member.local_status:
        # they were off the list, or nobody has looked at them yet
        return subscription.create_date
    return at or subscription.create_date


def _left_at(member, subscription):
    """Since when the row has somebody opted out; None if nothing tells."""
    at = subscription.opt_out_datetime
    joined_at = member.local_status_at or None
    stayed = member.local_status and member.local_status not in STATUSES_LEFT
    # who was on the list since has left once more; writes past the ORM keep the date
    return None if stayed and later(joined_at, at) else at
