"""A real sandbox speaking CleverReach's dialect, a connection to it, and people."""

from datetime import datetime

from odoo.tests import TransactionCase, new_test_user, tagged

from ..sandbox.server import Sandbox
from ..sandbox.store import Member

#: when people agreed, unless a test says otherwise; whatever happens now is later
AGREED = datetime(2024, 5, 1, 12)


@tagged("post_install", "-at_install")
class SandboxCase(TransactionCase):
    """Runs work in cursors of their own; here these are savepoints of the test."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.sandbox = Sandbox().start()
        cls.addClassCleanup(cls.sandbox.stop)
        cls.env["ir.config_parameter"].set_param(
            "newsletter_sync.allow_loopback_tools", "1"
        )
        cls.clerk = new_test_user(
            cls.env,
            "newsletter.clerk",
            groups="base.group_user,base.group_partner_manager,newsletter_sync.group_user",
        )

    def setUp(self):
        super().setUp()
        self.enterContext(self.enter_registry_test_mode())
        self.sandbox.reset()
        self.tool = self.sandbox.tools["cleverreach"]
        self.remote_id = self.tool.new_list("Club news")
        self.connection = self._connect()

    def _connect(self, company=None, **values):
        """A connection to the sandbox, tested as its button does."""
        connection = self.env["newsletter.connection"].create(
            {
                "name": "Club",
                "provider": "cleverreach",
                "company_id": (company or self.env.company).id,
                **values,
            }
        )
        self._log_in(connection)
        connection.action_test()
        return connection

    def _log_in(self, connection, **login):
        login = {
            "login": "client_credentials",
            "client_id": "sandbox-id",
            "client_secret": "sandbox-secret",
            "base_url": self.sandbox.url("cleverreach"),
            **login,
        }
        for line in connection.credential_ids:
            field = "secret_input" if line.kind == "secret" else "value"
            line[field] = login.get(line.name)

    # --- people ------------------------------------------------------------------
    def _person(self, name, email, consent="confirmed", **values):
        """A contact whose address has a consent in that state."""
        partner = self.env["res.partner"].create(
            {"name": name, "email": email, **values}
        )
        if consent != "none":
            self._consent(email, consent)
        return partner

    def _consent(self, email, state, at=AGREED, mailing_list=None):
        consent = self.env["newsletter.consent"]._for_address(
            email, mailing_list=mailing_list
        )
        steps = {
            "single": [("staff", {"note": "Card at the fair"})],
            "pending": [("request", {})],
            "confirmed": [("request", {}), ("confirmation", {})],
            "none": [],
            "withdrawn": [
                ("request", {}),
                ("confirmation", {}),
                ("withdrawal", {"channel": "phone"}),
            ],
        }
        for kind, evidence in steps[state]:
            consent._record(kind, at=at, **evidence)
        return consent

    def _people(self, number):
        """Many contacts with confirmed consents, made quickly."""
        partners = self.env["res.partner"].create(
            [
                {"name": f"Person {n}", "email": f"person{n}@example.org"}
                for n in range(number)
            ]
        )
        consents = self.env["newsletter.consent"].create(
            [{"email": partner.email} for partner in partners]
        )
        consents._record("confirmation")
        return partners

    # --- the tool -----------------------------------------------------------------
    def _at_tool(self, email="", **values):
        """Put somebody into the tool's list, or read who is there."""
        if not email:
            return {
                member.email: member
                for member in self.sandbox.store.select(
                    "m.list_id = ?", [self.remote_id]
                )
            }
        member = Member(self.remote_id, email, **{"activated": 1_700_000_000, **values})
        self.sandbox.store.save("cleverreach", [member])
        return member

    # --- the main job ----------------------------------------------------------------
    def _preview(self, records, user=None, **options):
        """The wizard up to the preview."""
        # another cursor sees what has reached the database
        self.env.flush_all()
        records = records.with_user(user or self.env.user)
        action = records.action_newsletter_push()
        wizard = records.env[action["res_model"]].browse(action["res_id"])
        wizard.write(options)
        action = wizard.action_preview()
        self.env.invalidate_all()
        return self.env["newsletter.run"].browse(action["res_id"])

    def _synchronise(self, records, **options):
        return self._approve(self._preview(records, **options))

    def _approve(self, run):
        """Press "Synchronise N now"; what other cursors wrote is read afresh.

        The button is not there if the preview left nobody to send.
        """
        self.env.flush_all()
        if run.state == "preview":
            run.action_synchronise()
        self.env.invalidate_all()
        return run

    def _work(self, run, seconds=60):
        """What the scheduler does."""
        self.env.flush_all()
        self.env["newsletter.runner"]._work(run.id, seconds)
        self.env.invalidate_all()

    def _reasons(self, run):
        """{address or name: result or reason} of all lines."""
        return {
            line.raw_email or line.name: line.reason or line.result or line.plan
            for line in run.line_ids
        }
