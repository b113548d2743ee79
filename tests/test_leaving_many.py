"""A thousand leavings are some statements; each keeps its own time, words and proof."""

from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.tests import tagged

from .test_leaving import LeavingCase

#: columns that tell one row from another of the same kind, and nothing of a leaving
_OWN = {
    *("id", "create_date", "write_date", "email", "contact_id", "consent_id"),
    *("chain_id", "leaving_id", "member_id", "res_id", "hash", "seal", "previous_hash"),
    *("content_salt", "content_digest", "trace_salt", "trace_digest", "done_at"),
    *("recorded_at", "name"),
}
#: when an account was asked
_NOW = {"newsletter_leaving_receipt": {"date"}}


@tagged("post_install", "-at_install")
class TestLeavingMany(LeavingCase):
    def setUp(self):
        super().setUp()
        self.left_at = fields.Datetime.now() - timedelta(days=3)

    def _readers(self, number, prefix):
        """People on the list who have left in the tool: {address: what is told}."""
        told = {}
        for n in range(number):
            email = f"{prefix}{n:02}@example.org"
            contact = self._contact(f"{prefix} {n}", email)
            self._member(
                email,
                contact_id=contact.id,
                remote_id=f"{prefix}{n}",
                remote_status="unsubscribed",
            )
            told[email] = {
                "at": self.left_at + timedelta(minutes=n),
                "reason": f"Reason {n}",
                "evidence": {"ip": f"192.0.2.{n}"},
            }
        self.env.flush_all()
        self.env.invalidate_all()
        return told

    def _take_in(self, told):
        found = self.leavings._take_in(
            told, self.env.company, "tool", "list", self.mailing_list
        )
        self.env.flush_all()
        self.env.invalidate_all()
        return found

    def _statements(self, told):
        before = self.env.cr.sql_log_count
        self._take_in(told)
        return self.env.cr.sql_log_count - before

    def test_the_number_of_statements_does_not_follow_the_people(self):
        self._take_in(self._readers(2, "warm"))
        few = self._statements(self._readers(4, "few"))
        many = self._statements(self._readers(40, "many"))
        self.assertLess(many - few, 4)

    def test_those_who_left_before_are_looked_at_together(self):
        """Half of them have joined again since and leave once more."""
        told = self._readers(12, "again")
        first = self._take_in(told)
        back = first.sorted("email")[:6]
        subscriptions = self.env["mailing.subscription"].search(
            [("contact_id.email_normalized", "in", back.mapped("email"))]
        )
        subscriptions.with_context(newsletter_leaving=True).write({"opt_out": False})
        few = self._readers(2, "few")
        self._take_in(few)
        cost = self._statements(few)
        before = self.env.cr.sql_log_count
        second = self._take_in(told)
        # those who were back have new rows and new evidence besides
        self.assertLess(self.env.cr.sql_log_count - before, 2 * cost + 20)
        self.assertEqual(second & first, first - back, "the others' stand as before")
        self.assertEqual(set(back.mapped("state")), {"lifted"})
        self.assertEqual(
            sorted((second - first).mapped("email")), sorted(back.mapped("email"))
        )
        self.assertTrue(all(subscriptions.mapped("opt_out")))

    def test_each_keeps_its_own(self):
        told = self._readers(5, "own")
        found = self._take_in(told)
        consents = self.env["newsletter.consent"]._of_lists(
            list(told), self.env.company, self.mailing_list
        )
        self.assertEqual(set(consents.mapped("state")), {"withdrawn"})
        at = {email: row["at"] for email, row in told.items()}
        self.assertEqual({c.email: c.state_at for c in consents}, at)
        self.assertEqual({c.email: c.withdrawn_at for c in consents}, at)
        self.assertEqual({leaving.email: leaving.date for leaving in found}, at)
        pieces = consents.sudo().event_ids
        self.assertEqual({each.email: each.date for each in pieces}, at)
        for piece in pieces:
            self.assertEqual(piece.note, told[piece.email]["reason"])
            self.assertEqual(piece.ip, told[piece.email]["evidence"]["ip"])
        rows = self.env["mailing.subscription"].search(
            [("list_id", "=", self.mailing_list.id)]
        )
        self.assertEqual(
            {r.contact_id.email_normalized: r.opt_out_datetime for r in rows}, at
        )
        self.assertFalse(self.env["newsletter.consent.chain"].search([])._check())

    def test_the_same_is_written_where_another_addon_hangs_on_it(self):
        """Where it would notice, the ORM writes: everything is the same."""
        self._take_in(self._readers(3, "plain"))
        told = self._readers(3, "other")
        set_wise = type(self.env["newsletter.set.wise"])
        with patch.object(set_wise, "_is_plain", lambda *arguments: False):
            self._take_in(told)
        for table in (
            *("newsletter_leaving", "newsletter_leaving_receipt"),
            *("newsletter_consent", "newsletter_consent_event"),
        ):
            self.assertEqual(self._rows(table, "plain"), self._rows(table, "other"))
        self.env.cr.execute(
            """
            SELECT left(contact.email, 5), array_agg(subscribed.opt_out_datetime
                                                     ORDER BY subscribed.id)
              FROM mailing_subscription subscribed
              JOIN mailing_contact contact ON contact.id = subscribed.contact_id
             WHERE subscribed.list_id = %s GROUP BY 1 ORDER BY 1
            """,
            [self.mailing_list.id],
        )
        times = [self.left_at + timedelta(minutes=n) for n in range(3)]
        self.assertEqual(self.env.cr.fetchall(), [("other", times), ("plain", times)])

    def _rows(self, table, prefix):
        """What stands in a table about people, without what is each row's own."""
        self.env.cr.execute(
            f"SELECT * FROM {table} WHERE email LIKE %s ORDER BY email",
            [f"{prefix}%"],
        )
        names = [column.name for column in self.env.cr.description]
        own = _OWN | _NOW.get(table, set())
        rows = [
            {
                name: value.replace(prefix, "") if isinstance(value, str) else value
                for name, value in zip(names, row, strict=True)
                # no tick and a tick that was never asked for are the same
                if name not in own and value is not False and value != ""
            }
            for row in self.env.cr.fetchall()
        ]
        self.assertEqual(len(rows), 3)
        return [{k: v for k, v in row.items() if v is not None} for row in rows]

    def test_a_consent_by_telephone_is_not_withdrawn_with_the_mails(self):
        email = "anna@example.org"
        phone = self.env["newsletter.consent"]._for_address(email, medium="phone")
        phone._record("staff", note="Said so")
        self._leave(email, "staff")
        self.assertEqual(phone.state, "single")
        mail = self.env["newsletter.consent"]._of_addresses([email], self.env.company)
        self.assertEqual(mail[email].state, "withdrawn")

    def test_a_comparison_opts_each_out_at_their_own_time(self):
        emails = [f"person{n}@example.org" for n in range(6)]
        for email in emails:
            self._contact(email, email)
            self._at_tool(email)
        self._go("fetch", whole=True)
        reconcile = type(self.env["newsletter.reconcile"])
        carry_out, costs = reconcile._carry_out, []

        def counted(engine, *arguments):
            engine.env.flush_all()
            before = engine.env.cr.sql_log_count
            result = carry_out(engine, *arguments)
            engine.env.flush_all()
            costs.append(engine.env.cr.sql_log_count - before)
            return result

        for part in (emails[:2], emails[2:]):
            for number, email in enumerate(part):
                when = self.left_at + timedelta(hours=number)
                self._at_tool(email, deactivated=int(when.timestamp()))
            with patch.object(reconcile, "_carry_out", counted):
                self._go("fetch", whole=True)
        self.assertEqual(len(costs), 2)
        self.assertLess(costs[1] - costs[0], 4)
        rows = self.env["mailing.subscription"].search(
            [("list_id", "=", self.mailing_list.id)]
        )
        self.assertTrue(all(rows.mapped("opt_out")))
        self.assertEqual(len(set(rows.mapped("opt_out_datetime"))), 4)
        images = self.env["newsletter.before.image"].search(
            [("res_model", "=", "mailing.subscription")]
        )
        self.assertEqual(len(images), 6)
        for image in images:
            row = rows.browse(image.res_id)
            left_at = row.opt_out_datetime.isoformat()
            self.assertEqual(
                (image.values, image.after),
                (
                    {"opt_out": False, "opt_out_datetime": False},
                    {"opt_out": True, "opt_out_datetime": left_at},
                ),
            )

    # --- whole persons ---------------------------------------------------------------
    def _persons(self, number, prefix):
        """People with a private address at a contact of its own."""
        partners = self.env["res.partner"]
        emails = [f"{prefix}{n:02}@example.org" for n in range(number)]
        for email in emails:
            partner = partners.create({"name": email, "email": email})
            partners.create(
                {
                    "name": email,
                    "email": f"private.{email}",
                    "newsletter_same_person_id": partner.id,
                }
            )
        self.env.flush_all()
        self.env.invalidate_all()
        return emails

    def test_further_addresses_are_looked_up_together_and_follow_from_their_own(self):
        def cost(emails):
            before = self.env.cr.sql_log_count
            told = {email: {"reason": email} for email in emails}
            others = self.leavings._other_addresses(told, self.leavings)
            self.assertEqual(
                {(address, row["reason"]) for address, row in others.items()},
                {(f"private.{email}", email) for email in emails},
            )
            return self.env.cr.sql_log_count - before

        few = cost(self._persons(2, "few"))
        self.assertLess(cost(self._persons(12, "many")) - few, 3)

    def test_every_address_in_one_field_leaves(self):
        self.env["res.partner"].create(
            {"name": "Two", "email": "one@example.org, two@example.org"}
        )
        self._leave("one@example.org", "phone")
        self.assertTrue(self._blocked("two@example.org"))

    def test_W4_one_that_is_no_address_for_a_tool_hinders_nobody(self):
        self.env["res.partner"].create(
            {"name": "Two", "email": "one@example.org, boss@firma.local"}
        )
        self.assertTrue(self._leave("one@example.org", "phone"))
        self.assertTrue(self._blocked("one@example.org"))
        self.assertTrue(self._blocked("boss@firma.local"), "Odoo might mail it")
