"""The classic table of dates (F14, F15), with dates as Odoo and the tool keep them."""

from datetime import datetime, timezone

from odoo.tests import tagged
from odoo.tools import SQL

from .common_two_way import TwoWayCase

#: who, Odoo, since, the tool, since, what Odoo says afterwards (None: conflict)
TABLE = [
    ("one", "subscribed", "2020-01-01", "unsubscribed", "2020-02-05", "unsubscribed"),
    ("two", "subscribed", "2020-03-20", "unsubscribed", "2020-02-05", None),
    ("three", "unsubscribed", "2020-01-01", "subscribed", "2020-02-05", "subscribed"),
    ("four", "unsubscribed", "2020-03-20", "subscribed", "2020-02-05", None),
]
#: on what both sides agreed before the two dates of the table
BEFORE = "2019-12-01"
OTHER = {"subscribed": "unsubscribed", "unsubscribed": "subscribed"}


@tagged("post_install", "-at_install")
class TestDateTable(TwoWayCase):
    def setUp(self):
        super().setUp()
        self.coupling.write({"status_rule": "newest", "brake_percent": 0})

    # --- both sides as they would be --------------------------------------------------
    def _in_the_tool(self, name, status, since):
        moment = datetime.fromisoformat(since).replace(tzinfo=timezone.utc)
        seconds = int(moment.timestamp())
        held = {"activated": seconds}
        if status == "unsubscribed":
            held = {"activated": 1_500_000_000, "deactivated": seconds}
        return str(self._at_tool(f"{name}@example.org", **held).id)

    def _dated(self, contact, **columns):
        """Past the ORM, by which everything happens during the test."""
        row = self._subscription(contact)
        self.env.flush_all()
        for name, value in columns.items():
            self.env.cr.execute(
                SQL(
                    "UPDATE mailing_subscription SET %s = %s WHERE id = %s",
                    SQL.identifier(name),
                    value,
                    row.id,
                )
            )
        row.invalidate_recordset()

    def _met(self, contact, status, since, remote_id=False):
        """A member on whom both sides agreed at this time."""
        return self._member(
            contact.email,
            contact_id=contact.id,
            remote_id=remote_id,
            local_status=status,
            local_status_at=since,
            remote_status=status,
            remote_status_at=since,
            base_status=status,
            synced_at=since,
        )

    def _put_back(self, contact, at):
        """Staff take a leaving back and say why; there is no new proof."""
        row = self._subscription(contact)
        told = row.with_context(newsletter_reason="Phoned us and wants to stay")
        told.write({"opt_out": False})
        self._dated(contact, create_date="2019-01-01", write_date=at)

    def _fetch(self):
        run = self._go("fetch", whole=True)
        self.assertEqual(run.state, "done", run.message)

    def _judged_by_the_table(self, told=()):
        """As in the table, but for those whose leaving the tool is being told of."""
        for _ in range(2):  # what was found is found again
            self._fetch()
            for name, ours, _since, _theirs, their_since, then in TABLE:
                with self.subTest(name):
                    email = f"{name}@example.org"
                    if name in told:
                        member = self._of(email)
                        found = (member.result, member.task, member.local_status)
                        self.assertEqual(found, ("success", "unsubscribe", ours))
                    else:
                        self._judged(email, ours, their_since, then)

    def _judged(self, email, ours, their_since, then):
        member = self._of(email)
        row = self._subscription(member.contact_id)
        says = "unsubscribed" if row.opt_out else "subscribed"
        if then is None:
            found = (member.result, member.result_code)
            self.assertEqual(found, ("conflict", "newer_here"))
            self.assertFalse(member.task)
            self.assertEqual(says, ours, "nothing is changed")
            return
        self.assertEqual(member.result, "success", member.result_text)
        self.assertEqual((says, member.local_status), (then, then))
        self.assertEqual(member.local_status_by, "CleverReach")
        self.assertEqual(member.local_status_at, self._at(their_since))

    # --- the table --------------------------------------------------------------------
    def test_both_sides_meet_for_the_first_time(self):
        for name, ours, since, theirs, their_since, _then in TABLE:
            left_at = since if ours == "unsubscribed" else None
            email = f"{name}@example.org"
            contact = self._contact(name, email, opt_out_at=left_at)
            self._dated(contact, create_date=since)
            self._in_the_tool(name, theirs, their_since)
        self._judged_by_the_table()

    def test_somebody_who_had_left_was_put_back_or_who_was_on_the_list_left(self):
        """The member remembers the date of what was before; that one is over."""
        for name, ours, since, theirs, their_since, _then in TABLE:
            email = f"{name}@example.org"
            if ours == "subscribed":
                contact = self._contact(name, email, opt_out_at=BEFORE)
            else:
                contact = self._contact(name, email)
            remote_id = self._in_the_tool(name, theirs, their_since)
            self._met(contact, OTHER[ours], BEFORE, remote_id)
            if ours == "subscribed":
                self._put_back(contact, since)
            else:
                self._subscription(contact).write(
                    {"opt_out": True, "opt_out_datetime": since}
                )
        self._judged_by_the_table(told=["four"])

    def test_the_tool_obeys_a_leaving_and_the_person_is_put_back_later(self):
        """The leaving in the tool is our own, seconds after the one in Odoo."""
        contact = self._contact("Anna", "anna@example.org", opt_out_at="2020-02-01")
        remote_id = self._in_the_tool("anna", "unsubscribed", "2020-02-02")
        self._met(contact, "unsubscribed", "2020-02-01", remote_id)
        self._put_back(contact, "2020-03-20")
        self._fetch()
        self._judged("anna@example.org", "subscribed", "2020-02-02", None)
        self.assertEqual(
            self._of("anna@example.org").local_status_at, self._at("2020-03-20")
        )

    def test_who_was_taken_off_and_is_put_on_again_is_new_since_then(self):
        contact = self._contact("Anna", "anna@example.org")
        remote_id = self._in_the_tool("anna", "unsubscribed", "2020-02-05")
        member = self._met(contact, "unsubscribed", BEFORE, remote_id)
        member.local_status = False  # as a comparison found it without the row
        self._dated(contact, create_date="2020-03-20")
        self._fetch()
        self._judged("anna@example.org", "subscribed", "2020-02-05", None)

    # --- writes past the ORM, which leave no time behind ------------------------------
    def test_a_return_of_unknown_time_is_not_older_than_the_leaving_in_the_tool(self):
        contact = self._contact("Anna", "anna@example.org")
        remote_id = self._in_the_tool("anna", "unsubscribed", "2020-02-02")
        self._met(contact, "unsubscribed", "2020-02-01", remote_id)
        self._dated(contact, write_date="2020-02-01")
        self._fetch()
        member = self._of("anna@example.org")
        self.assertEqual(
            (member.result, member.result_code),
            ("conflict", "returned_without_proof"),
            "nothing proves when they came back: consent decides",
        )
        self.assertFalse(self._subscription(contact).opt_out)

    def test_a_leaving_with_the_date_of_the_leaving_before_counts_as_new(self):
        contact = self._contact("Anna", "anna@example.org")
        remote_id = self._in_the_tool("anna", "subscribed", "2020-02-05")
        self._met(contact, "subscribed", "2020-02-05", remote_id)
        self._dated(contact, opt_out=True, opt_out_datetime="2020-01-01")
        self._fetch()
        self.assertTrue(self._subscription(contact).opt_out, "brought back by a date")
        self.assertEqual(self._of("anna@example.org").task, "unsubscribe")
