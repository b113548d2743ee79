"""People about whom both sides differ, without a call to any tool."""

from datetime import timedelta

from odoo import fields
from odoo.tests import new_test_user

from .common_two_way import TwoWayCase


class ReviewCase(TwoWayCase):
    """Two mapped fields that ask; a comparison with what the tool says."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager = new_test_user(
            cls.env,
            "newsletter.manager",
            groups="base.group_user,base.group_partner_manager,"
            "newsletter_sync.group_manager",
        )

    def setUp(self):
        super().setUp()
        self.mappings = self.env["newsletter.field.mapping"].create(
            [
                {
                    "connection_id": self.connection.id,
                    "record_type": "mailing.contact",
                    "path": path,
                    "label": label,
                    "remote_name": path,
                    "direction": "both",
                    "rule": "ask",
                }
                for path, label in (
                    ("first_name", "First name"),
                    ("last_name", "Last name"),
                )
            ]
        )
        self.first, self.last = (str(mapping.id) for mapping in self.mappings)

    def _agreed(self, email, remote_id, **values):
        """Somebody on whom both sides agreed; the member."""
        values = {"first_name": "Emil", "last_name": "Lang", **values}
        contact = self._contact("Emil", email, **values)
        contact.write(values)
        agreed = {self.first: values["first_name"], self.last: values["last_name"]}
        return self._member(
            email, contact_id=contact.id, remote_id=remote_id, base_values=agreed
        )

    def _compare(self, member, tool=None, gone=False, **told):
        """One comparison of a member with what the tool says.

        :param tool: {mapping id: value}; gone: the tool does not know the person
        """
        run = self._new_run()
        candidate = {"run_id": run.id, "member_id": member.id}
        if gone:
            run.cursor = {"whole": True}
        else:
            values = {self.first: "Emil", self.last: "Lang", **(tool or {})}
            row = {
                "run_id": run.id,
                "remote_id": member.remote_id,
                "email": member.email,
                "status": "subscribed",
                "values": values,
                "digest": str(values),
                **told,
            }
            candidate["fetched_id"] = self.env["newsletter.fetched"].create(row).id
        candidates = self.env["newsletter.candidate"].create(candidate)
        self.env["newsletter.reconcile"]._settle(run, candidates)
        self.env.flush_all()
        return member

    def _new_run(self):
        return self.env["newsletter.run"].create(
            {
                "kind": "reconcile",
                "connection_id": self.connection.id,
                "coupling_id": self.coupling.id,
            }
        )

    def _conflict(self, email="emil@example.org", remote_id="7", **tool):
        """Both changed the first name; the tool says "Emile" unless told otherwise."""
        member = self._agreed(email, remote_id)
        member.contact_id.first_name = "Emil Niklas"
        self._compare(member, {self.first: "Emile", **tool})
        self.assertEqual(member.result, "conflict", member.result_text)
        return member

    def _answer(self, members, choices=None, user=None, **answer):
        """{address: why not, or ""} for one answer."""
        answer = {"kind": "answer", "choices": choices or {}, **answer}
        members = members.with_user(user or self.manager)
        results = (
            self.env["newsletter.review"]
            .with_user(user or self.manager)
            ._apply(members, answer)
        )
        self.env.flush_all()
        return {member.email: code for member, code in results.items()}

    def _send(self, member):
        """A transmission has handed the member to the tool and knows no answer yet."""
        run = self._new_run()
        line = self.env["newsletter.run.line"].create(
            {
                "run_id": run.id,
                "member_id": member.id,
                "res_model": member._name,
                "res_id": member.id,
            }
        )
        self.env["newsletter.flight"].create(
            {
                "run_id": run.id,
                "coupling_id": self.coupling.id,
                "task": "update",
                "line_ids": line.ids,
            }
        )

    def _events(self, member, code=None):
        domain = [("member_id", "=", member.id)]
        if code:
            domain.append(("code", "=", code))
        return self.env["newsletter.event"].search(domain)

    @staticmethod
    def _in_days(number):
        return fields.Date.today() + timedelta(days=number)
