"""The steps of a run that lets people leave one account; see ``newsletter_run_flow``.

Each call is harmless when repeated, so nothing has to be marked before it is made: a
process that was killed asks the tool once more. What the tool says is read back, and
only that is a receipt.
"""

from dataclasses import dataclass, field
from types import SimpleNamespace

from odoo import fields

from ..connectors.capabilities import Level
from ..connectors.contract import MemberRef
from ..connectors.errors import ConnectorError, LoginRefused, Throttled, Unreachable
from ..sync.address import parse
from ..sync.reconcile_status import MAILED
from .newsletter_push_step import Step

#: people in one slice, two calls each and more
BATCH = 20
#: what concerns the whole account is tried again as a whole, not person by person
_WHOLE_ACCOUNT = (LoginRefused, Throttled, Unreachable)


@dataclass
class Farewell:
    """One receipt's work: whom to take off what, and what the tool said then."""

    receipt_id: int
    email: str
    remote_id: str
    reason: str
    #: off every list of the account, also those that nobody coupled
    everywhere: bool
    #: lists of the tool on which the person is known
    lists: tuple[str, ...]
    #: somebody else is known to have the address, or may have it by now
    shared: bool = False
    #: {list: the person as read back, or None who is not there}
    found: dict = field(default_factory=dict)
    #: {list: whoever else has the address, as read back, or None}
    namesakes: dict = field(default_factory=dict)
    error: ConnectorError | None = None


class Leave(Step):
    """Take people off, some at a time, and read them back."""

    def take(self, run, conversation):
        receipts = run.env["newsletter.leaving.receipt"]._due(run.connection_id, BATCH)
        if not receipts:
            return None
        run.started_at = run.started_at or fields.Datetime.now()
        members = receipts._members()
        return SimpleNamespace(
            connector=conversation.connector(run),
            people=[self._farewell(receipt, members[receipt]) for receipt in receipts],
        )

    @staticmethod
    def _farewell(receipt, members):
        known = members.filtered("remote_id")
        leaving = receipt.leaving_id
        return Farewell(
            receipt_id=receipt.id,
            email=receipt.email,
            remote_id=known[:1].remote_id or "",
            reason=leaving.reason or "",
            everywhere=leaving.scope != "list",
            lists=tuple(dict.fromkeys(members.coupling_id.mapped("remote_id"))),
            shared=receipt.has_namesake or bool(members._elsewhere()),
        )

    def speak(self, work):
        for number, person in enumerate(work.people):
            try:
                self._say(work.connector, person)
            except _WHOLE_ACCOUNT as error:
                if number == 0:
                    raise
                person.error = error
                del work.people[number:]
                break
            except ConnectorError as error:
                person.error = error

    def _say(self, connector, person):
        """Off the lists goes the person's recipient, and whoever has the address.

        These are two where the recipient has another address in the tool by now: both
        the person and the address have left.
        """
        ref = MemberRef(person.email, person.remote_id)
        self._sign_off(connector, person, ref, person.lists)
        for list_id in person.lists:
            found = connector.member(list_id, ref)
            person.found[list_id] = found
            if person.remote_id and (
                person.shared or not self._is_theirs(found, person)
            ):
                self._sign_off_namesake(connector, person, list_id)

    @staticmethod
    def _is_theirs(found, person):
        """Whether the tool has shown that the recipient still has the address. Of whom
        it takes off by forgetting them it shows nothing any more."""
        return (
            found is not None
            and found.remote_id == person.remote_id
            and parse(found.email).email == person.email
        )

    def _sign_off_namesake(self, connector, person, list_id):
        ref = MemberRef(person.email)
        found = connector.member(list_id, ref)
        if found is not None and found.status in MAILED:
            self._sign_off(connector, person, ref, (list_id,))
            found = connector.member(list_id, ref)
            # where their recipient is gone the tool had named this one instead
            own = MemberRef(person.email, person.remote_id)
            person.found[list_id] = connector.member(list_id, own)
        person.namesakes[list_id] = found

    @staticmethod
    def _sign_off(connector, person, ref, lists):
        can = connector.capabilities
        if person.everywhere and can.unsubscribe_everywhere:
            connector.unsubscribe_everywhere(ref, person.reason)
        else:
            for list_id in lists:
                if (
                    not person.everywhere
                    and can.unsubscribe is Level.ACCOUNT
                    and can.remove_from_list
                ):
                    # one list only: leaving there would end all lists (J10)
                    connector.remove(list_id, ref)
                else:
                    connector.unsubscribe(list_id, ref, person.reason)

    def keep(self, run, work, answer):
        receipts = run.env["newsletter.leaving.receipt"]
        lines = []
        for person in work.people:
            receipt = receipts.browse(person.receipt_id).exists()
            if not receipt:
                continue
            if person.error is not None:
                message = run.connection_id._explain(person.error)
                receipt._refused(message)
            else:
                message = self._keep_answer(receipt, person)
            lines.append(self._line(run, receipt, message))
        run.env["newsletter.run.line"].create(lines)
        run.write({"done": run.done + len(lines), "total": run.total + len(lines)})

    @staticmethod
    def _keep_answer(receipt, person):
        """Remember at the members what was read back.

        :return: a message if the tool still mails the person, else ""
        """
        still = []
        for member in receipt._members()[receipt]:
            list_id = member.coupling_id.remote_id
            remote = person.found.get(list_id)
            both = (remote, person.namesakes.get(list_id))
            if any(each is not None and each.status in MAILED for each in both):
                still.append(member.coupling_id.remote_list_id.name)
                continue
            member._has_left(remote)
        if still:
            message = receipt.env._(
                "The tool took the call and still has the person on: %s",
                ", ".join(still),
            )
            receipt._refused(message)
            return message
        receipt._answered()
        return ""

    @staticmethod
    def _line(run, receipt, message):
        leaving = receipt.leaving_id
        return {
            "run_id": run.id,
            "company_id": run.company_id.id,
            "res_model": leaving._name,
            "res_id": leaving.id,
            "name": leaving.partner_id.display_name or receipt.email,
            "email": receipt.email,
            "raw_email": receipt.email,
            "plan": "unsubscribe",
            "result": "failed" if message else "unsubscribed",
            "reason": "refused_other" if message else False,
            "message": message or False,
        }


class Finish(Step):
    def take(self, run, conversation):
        return None if run.state == "done" else SimpleNamespace()

    def keep(self, run, work, answer):
        failed = run.env["newsletter.run.line"].search_count(
            [("run_id", "=", run.id), ("result", "=", "failed")]
        )
        run.write(
            {
                "state": "done",
                "finished_at": fields.Datetime.now(),
                "message": run.env._(
                    "%(done)s unsubscribed, %(failed)s failed and tried again later.",
                    done=run.done - failed,
                    failed=failed,
                ),
            }
        )
        run.env["newsletter.event"]._log("run_done", run=run, text=run.message)


STEPS = {"leave": Leave(), "finish": Finish()}
