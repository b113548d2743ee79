"""A mailing list that a filter feeds."""

from odoo.tests import tagged

from .common_two_way import TwoWayCase


@tagged("post_install", "-at_install")
class DynamicCase(TwoWayCase):
    """Contacts in the city of Celle belong to the list “Club news”."""

    def setUp(self):
        super().setUp()
        self.dynamic = self._feed()

    def _approved(self, kind="transmit", **values):
        """A run to its end; one that asks first is approved."""
        run = self._go(kind, **values)
        if run.state == "preview":
            run.action_synchronise()
            self.env.flush_all()
            self.env["newsletter.runner"]._work(run.id, 60)
            self.env.invalidate_all()
        self.assertEqual(run.state, "done", run.message)
        return run

    def _feed(self, mailing_list=None, **values):
        return self.env["newsletter.dynamic.list"].create(
            {
                "mailing_list_id": (mailing_list or self.mailing_list).id,
                "domain": "[('city', '=', 'Celle')]",
                **values,
            }
        )

    def _in_celle(self, *names, **values):
        return self.env["res.partner"].create(
            [
                {
                    "name": name.title(),
                    "email": f"{name}@example.org",
                    "city": "Celle",
                    **values,
                }
                for name in names
            ]
        )

    def _refresh(self, dynamic=None):
        dynamic = dynamic or self.dynamic
        dynamic._refresh()
        self.env.invalidate_all()
        return dynamic

    def _on_list(self, mailing_list=None):
        """Names before the @ of those who are subscribed."""
        rows = self.env["mailing.subscription"].search(
            [
                ("list_id", "=", (mailing_list or self.mailing_list).id),
                ("opt_out", "=", False),
            ]
        )
        return sorted(row.contact_id.email.split("@")[0] for row in rows)

    def _row(self, name):
        return self.env["mailing.subscription"].search(
            [
                ("list_id", "=", self.mailing_list.id),
                ("contact_id.email_normalized", "=", f"{name}@example.org"),
            ]
        )
