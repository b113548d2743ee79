"""A first import by one statement and one by one are the same."""

from unittest.mock import patch

from odoo import fields
from odoo.tests import tagged

from ..models.newsletter_enter import NewsletterEnter
from ..sync.vocabulary import Status
from .common_two_way import TwoWayCase

#: status in the tool -> what the sandbox holds
STATUSES = {
    "subscribed": {},
    "unsubscribed": {"deactivated": 1_700_000_100},
    "pending": {"activated": 0, "registered": 1_700_000_000},
    "bounced": {"bounced": 1_700_000_200},
}
#: columns that differ whenever something is written anew
_NEVER_EQUAL = {
    *("id", "create_date", "write_date", "create_uid", "write_uid", "date"),
    *("synced_at", "member_id", "res_id", "contact_id", "partner_id", "run_id"),
    *("added_run", "snoozed"),
}


class Undo(Exception):
    """Leaves a savepoint."""


@tagged("post_install", "-at_install")
class TestEnter(TwoWayCase):
    def _facts(self):
        """{what is known: function(address)} of everything that protects somebody."""
        company = self.env.company
        partners = self.env["res.partner"]

        def wants_none(email):
            partners.create(
                {"name": "Otto Ost", "email": email, "no_marketing_email": True}
            )

        def archived_double(email):
            partners.create({"name": "Ina Kranz", "email": email, "active": False})
            partners.create({"name": "Ina Kranz", "email": email})

        def lead(email, **values):
            self.env["crm.lead"].create(
                {"name": "Offer", "contact_name": "Lea Lind", "email_from": email}
                | values
            )

        def another_list(email):
            other = self._other_coupling()
            self._member(email, coupling=other, remote_status="hard_bounce")

        return {
            "nobody": lambda email: None,
            "blocklist": lambda email: self.env["mail.blacklist"]._add(email),
            "wants_none": wants_none,
            "contact": lambda email: partners.create(
                {"name": "Ina Kranz", "email": email}
            ),
            "archived": lambda email: partners.create(
                {"name": "Ina Kranz", "email": email, "active": False}
            ),
            "archived_double": archived_double,
            "lead": lead,
            "lost_lead": lambda email: lead(email, active=False),
            "reader": lambda email: self.env["mailing.contact"].create(
                {"name": "Ulf Groß", "email": email}
            ),
            "on_list": lambda email: self._contact("Ulf Groß", email),
            "left_list": lambda email: self._contact(
                "Ulf Groß", email, opt_out_at="2024-01-01"
            ),
            "confirmed": lambda email: self._consent(email, "confirmed"),
            "withdrawn": lambda email: self._consent(email, "withdrawn"),
            "tombstone": lambda email: self.env["newsletter.tombstone"]._remember(
                [email], company, "deleted"
            ),
            "tombstone_here": lambda email: self.env["newsletter.tombstone"]._remember(
                [email], company, "deleted", self.coupling
            ),
            "bounced_elsewhere": another_list,
        }

    def _other_coupling(self):
        found = self.env["newsletter.coupling"].search([("id", "!=", self.coupling.id)])
        return found[:1] or self._couple(
            mailing_list=self.env["mailing.list"].create({"name": "Other"}),
            remote_id=self.tool.new_list("Other"),
        )

    def _people_of_all_kinds(self):
        number = 0
        for fact, note in self._facts().items():
            for status, held in STATUSES.items():
                number += 1
                email = f"{fact}.{status}@example.org".replace("_", "-")
                names = {"firstname": f"Anna{number}", "lastname": "Färber"}
                # some without a name, some with one half, some with a salutation
                shared = {
                    **({} if number % 3 == 0 else names),
                    **({"salutation": "Ms."} if number % 2 else {}),
                    **({"company": "Färber GmbH"} if number % 5 == 0 else {}),
                }
                self._at_tool(email, shared=shared, **held)
                note(email)

    def _fetched(self, set_wise):
        """Everything that a first fetch writes; nothing of it stays."""
        kept = {}
        enter = NewsletterEnter._enter
        counted = []

        def counting(model, *args):
            counted.append(enter(model, *args) if set_wise else 0)
            return counted[-1]

        self.env.flush_all()
        try:
            with (
                self.env.cr.savepoint(flush=False),
                patch.object(NewsletterEnter, "_enter", counting),
            ):
                run_id = self.coupling._start_run("fetch", whole=True)
                self.env["newsletter.runner"]._work(run_id, 60)
                self.env.invalidate_all()
                run = self.env["newsletter.run"].browse(run_id)
                self.assertEqual(run.state, "done", run.message)
                for table in (
                    *("newsletter_member", "mailing_contact", "mailing_subscription"),
                    *("newsletter_event", "newsletter_change", "newsletter_candidate"),
                ):
                    kept[table] = self._rows(table)
                raise Undo
        except Undo:
            self.env.invalidate_all()
        return kept, sum(counted)

    def _rows(self, table):
        today = str(fields.Date.today())
        self.env.cr.execute(f"SELECT to_jsonb(t) FROM {table} t")
        return sorted(
            (
                {
                    key: "now" if str(value).startswith(today) else value
                    for key, value in row.items()
                    if key not in _NEVER_EQUAL and value not in (None, False, 0, "")
                }
                for (row,) in self.env.cr.fetchall()
            ),
            key=repr,
        )

    def test_both_ways_agree_whatever_is_known_and_whatever_the_coupling_says(self):
        self.maxDiff = None
        self.connection._connector().create_field("Letter salutation", "text")
        self._people_of_all_kinds()
        for direction in ("both", "to_odoo", "to_tool"):
            for new_contacts in ("mailing_contact", "contact", "ask"):
                self.coupling.write(
                    {"direction": direction, "new_contacts": new_contacts}
                )
                with self.subTest(direction=direction, new_contacts=new_contacts):
                    at_once, entered = self._fetched(set_wise=True)
                    one_by_one, none = self._fetched(set_wise=False)
                    self.assertEqual((none, bool(entered)), (0, True))
                    for table, rows in one_by_one.items():
                        self.assertEqual(at_once[table], rows, table)

    def test_nobody_about_whom_anything_is_known_is_taken_in_unseen(self):
        self._people_of_all_kinds()
        _kept, entered = self._fetched(set_wise=True)
        self.assertEqual(entered, len(STATUSES))

    def test_a_value_has_a_place_in_odoo_or_is_not_agreed_on(self):
        """Else it would look as if it was cleared here, and be cleared in the tool."""
        self._at_tool("anna@example.org", shared={"salutation": "Divers"})
        self._at_tool("ida@example.org", shared={"salutation": "Ms."})
        self._go("fetch", whole=True)
        member = self._of("anna@example.org")
        self.assertFalse(member.base_values)
        self.assertEqual(list(member.remote_values.values()), ["Divers"])
        contact = self._of("ida@example.org").contact_id
        self.assertEqual(contact.newsletter_salutation, "mrs")
        # a change in Odoo leaves the salutation of the tool alone
        member.contact_id.company_name = "Färber GmbH"
        self._go("reconcile")
        self.assertNotIn("", (member.task_sends or {}).values())

    def test_two_fields_of_the_tool_for_one_of_odoo(self):
        """The second has no place: it neither empties the first nor is agreed on."""
        connector = self.connection._connector()
        second = self.env["newsletter.field.mapping"].create(
            {
                "connection_id": self.connection.id,
                "path": "first_name",
                "record_type": "mailing.contact",
                "label": "Nickname",
                "remote_name": connector.create_field("Nickname", "text").name,
                "sequence": 99,
            }
        )
        self._at_tool("anna@example.org", shared={"firstname": "Anna"})
        self._at_tool(
            "ida@example.org",
            shared={"firstname": "Ida", second.remote_name: "Idchen"},
        )
        for set_wise in (True, False):
            with self.subTest(set_wise=set_wise):
                kept, _entered = self._fetched(set_wise=set_wise)
                names = {
                    row["email"]: row["first_name"]
                    for row in kept["mailing_contact"]
                    if "email" in row
                }
                self.assertEqual(
                    names, {"anna@example.org": "Anna", "ida@example.org": "Ida"}
                )
                for row in kept["newsletter_member"]:
                    agreed = row["base_values"].values()
                    self.assertEqual(list(agreed), [names[row["email"]]])

    def test_another_addon_that_looks_at_new_contacts_is_asked(self):
        self._at_tool("anna@example.org")
        model = type(self.env["mailing.contact"])
        seen = []

        def create(records, vals_list):
            seen.extend(vals["email"] for vals in vals_list)
            return create.origin(records, vals_list)

        # as automation rules do it
        create.origin = model.create
        create.__module__ = "odoo.addons.somebodys_addon.models.mailing_contact"
        with patch.object(model, "create", create):
            self._go("fetch", whole=True)
        self.assertEqual(seen, ["anna@example.org"])

    def test_the_same_address_twice_is_one_person(self):
        self._at_tool("anna@example.org")
        run = self.env["newsletter.run"].browse(
            self.coupling._start_run("fetch", whole=True)
        )
        self.env["newsletter.fetched"].create(
            {
                "run_id": run.id,
                "remote_id": "77",
                "email": "anna@example.org",
                "status": "subscribed",
                "digest": "x",
            }
        )
        self._work(run)
        self.assertEqual(run.state, "done", run.message)
        self.assertEqual(len(self._of("anna@example.org")), 1)
        self.assertEqual(len(self.mailing_list.contact_ids), 1)

    def test_every_status_has_a_kind(self):
        self.assertEqual(
            {status.value for status in Status} - set(STATUSES),
            {"hard_bounce", "soft_bounce", "general_bounce", "blocked"},
            "a new status needs a row above",
        )

    def test_who_was_new_is_no_news_the_next_time(self):
        self._at_tool("anna@example.org")
        self._go("fetch", whole=True)
        self.assertEqual(self._of("anna@example.org").result, "new_contact")
        run = self._go("fetch", whole=True)
        self.assertEqual(self._of("anna@example.org").result, "success")
        self.assertEqual((run.total, run.done), (1, 1))
        self.assertEqual(self._go("fetch", whole=True).total, 0)
