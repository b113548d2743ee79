"""The steps of a run that erases people in one account; see ``newsletter_run_flow``.

Each call is harmless when repeated, so nothing has to be marked before it is made: a
process that was killed asks the tool once more. That the tool deleted somebody is only
believed when it was asked afterwards.
"""

from contextlib import suppress
from dataclasses import dataclass, field
from types import SimpleNamespace

from odoo import fields

from ..connectors.contract import MemberRef
from ..connectors.errors import (
    ConnectorError,
    LoginRefused,
    NotFound,
    Throttled,
    Unreachable,
)
from ..sync.reconcile_status import MAILED
from .newsletter_push_step import Step

#: receipts in one slice, and calls in it unless one receipt takes more
BATCH, CALLS = 10, 50
#: what concerns the whole account is tried again as a whole, not person by person
_WHOLE_ACCOUNT = (LoginRefused, Throttled, Unreachable)


@dataclass
class Goodbye:
    """One receipt's work: whom the account shall forget, and what it said then."""

    receipt_id: int
    people: list[dict]
    #: names of lists on which somebody is still found
    still: list[str] = field(default_factory=list)
    #: the tool cannot delete for good; it was told to mail them no more
    by_hand: bool = False
    error: ConnectorError | None = None


class Erase(Step):
    def take(self, run, conversation):
        receipts = run.env["newsletter.erasure.receipt"]
        receipts._drop_overtaken_of(run.connection_id)
        receipts = receipts._due(run.connection_id, BATCH)
        if not receipts:
            return None
        run.started_at = run.started_at or fields.Datetime.now()
        return SimpleNamespace(
            connector=conversation.connector(run),
            work=[
                Goodbye(receipt.id, receipt.people or [])
                for receipt in self._of_one_slice(receipts)
            ],
        )

    @staticmethod
    def _of_one_slice(receipts):
        """The first of the receipts, as many as a slice has calls for."""
        calls, first = 0, receipts.browse()
        for receipt in receipts:
            for person in receipt.people or []:
                # at most: off each list, and asked about on each list afterwards
                each = 1 + 2 * len(person["lists"])
                calls += each * max(1, len(person["remote_ids"]))
            if first and calls > CALLS:
                break
            first |= receipt
        return first

    def speak(self, work):
        for number, goodbye in enumerate(work.work):
            try:
                for person in goodbye.people:
                    self._say(work.connector, goodbye, person)
            except _WHOLE_ACCOUNT as error:
                if number == 0:
                    raise
                goodbye.error = error
                del work.work[number + 1 :]
                break
            except ConnectorError as error:
                goodbye.error = error

    @staticmethod
    def _say(connector, goodbye, person):
        can = connector.capabilities
        refs = [
            MemberRef(person["email"], remote_id)
            for remote_id in person["remote_ids"] or [""]
        ]
        deletes = can.erase and not person.get("agreed")
        for ref in refs:
            if deletes:
                connector.erase(ref)
            elif can.unsubscribe_everywhere and not person.get("agreed"):
                connector.unsubscribe_everywhere(ref)
            else:
                for list_id in person["lists"]:
                    # the list itself may be gone
                    with suppress(NotFound):
                        connector.unsubscribe(list_id, ref)
        goodbye.by_hand |= not deletes and not person.get("agreed")
        for list_id, name in person["lists"].items():
            for ref in refs:
                try:
                    found = connector.member(list_id, ref)
                except NotFound:
                    # the list itself is gone
                    found = None
                if found and (deletes or found.status in MAILED):
                    goodbye.still.append(name)
                    break

    def keep(self, run, work, answer):
        receipts = run.env["newsletter.erasure.receipt"]
        for goodbye in work.work:
            receipt = receipts.browse(goodbye.receipt_id).exists()
            if not receipt:
                continue
            deleted = goodbye.error is None and not goodbye.by_hand
            agreed = deleted and receipt._agreed_meanwhile(goodbye.people)
            # one that was closed during the call stays so
            if receipt.state in ("waiting", "failed"):
                self._keep_answer(run, receipt, goodbye)
            if agreed:
                receipt.proof = " ".join(
                    filter(
                        None,
                        [
                            receipt.proof,
                            run.env._(
                                "The person gave a new consent during the call. They "
                                "are deleted there, and are compared as somebody new."
                            ),
                        ],
                    )
                )
        number = len(work.work)
        run.write({"done": run.done + number, "total": run.total + number})

    @staticmethod
    def _keep_answer(run, receipt, goodbye):
        env = run.env
        if goodbye.error is not None:
            receipt._refused(run.connection_id._explain(goodbye.error))
        elif goodbye.still:
            receipt._refused(
                env._(
                    "The tool took the call and still has the person on: %s",
                    ", ".join(sorted(set(goodbye.still))),
                )
            )
        elif receipt._awaits_a_batch():
            receipt._refused(
                env._(
                    "The person is in a batch that was sent before and is not settled "
                    "yet. The account is asked again afterwards."
                )
            )
        elif goodbye.by_hand:
            receipt._only_by_hand(
                env._(
                    "This tool lets nobody be deleted from outside. The person is "
                    "unsubscribed; delete them in the tool by hand, then confirm it "
                    "here."
                )
            )
        elif all(person.get("agreed") for person in goodbye.people):
            lists = {n for each in goodbye.people for n in each["lists"].values()}
            receipt._overtaken(
                env._(
                    "The person gave a new consent to other lists before this account "
                    "had obeyed. It is not asked to delete them any more. They are "
                    "unsubscribed from: %s",
                    ", ".join(sorted(lists)),
                )
            )
            receipt.erasure_id._settle()
        else:
            lists = {
                name
                for each in goodbye.people
                for name in each["lists"].values()
                if not each.get("agreed")
            }
            said = env._("The tool took the call. It could not be asked on any list.")
            if lists:
                said = env._(
                    "The tool deleted the person for good. Asked again, it does not "
                    "know them on: %s",
                    ", ".join(sorted(lists)),
                )
            receipt._answered(said)


class Finish(Step):
    def take(self, run, conversation):
        return None if run.state == "done" else SimpleNamespace()

    def keep(self, run, work, answer):
        message = run.env._("%s erasures were passed on to the account.", run.done)
        run.write(
            {
                "state": "done",
                "finished_at": fields.Datetime.now(),
                "message": message,
            }
        )
        run.env["newsletter.event"]._log("run_done", run=run, text=message)


STEPS = {"erase": Erase(), "finish": Finish()}
