"""Whether mails of a sender arrive: its domain, who complains (S1, S2, S5)."""

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..sync import sender_quality
from .newsletter_leaving_effect import MAILED_STATUSES

try:
    import dns.exception
    import dns.resolver
except ImportError:  # the facts are entered by hand then
    dns = None

_STATES = [("ok", "There"), ("missing", "Missing")]
#: seconds for all questions to the domain name system about one name
_PATIENCE = 3


class NewsletterConnection(models.Model):
    _inherit = "newsletter.connection"

    spf_state = fields.Selection(_STATES, string="SPF")
    dkim_state = fields.Selection(_STATES, string="DKIM")
    dkim_selector = fields.Char(
        string="DKIM Selector", help="The tool names it where it explains DKIM."
    )
    dmarc_state = fields.Selection(_STATES, string="DMARC")
    imprint_url = fields.Char(string="Imprint")
    sender_checked_at = fields.Datetime(string="Domain Asked at", readonly=True)
    sender_domain = fields.Char(compute="_compute_sender_domain")
    can_ask_domain = fields.Boolean(compute="_compute_can_ask_domain")
    complaint_rate = fields.Float(
        string="Complaints (%)",
        compute="_compute_rates",
        digits=(6, 2),
        help="Of the subscribed people, in the last 30 days.",
    )
    hard_bounce_rate = fields.Float(
        string="Undeliverable (%)",
        compute="_compute_rates",
        digits=(6, 2),
        help="Of the subscribed people, in the last 30 days.",
    )
    sender_problems = fields.Text(
        string="To Be Improved", compute="_compute_sender_problems"
    )

    @api.depends("sender_email", "company_id.email")
    def _compute_sender_domain(self):
        for connection in self:
            address = connection.sender_email or connection.company_id.email or ""
            connection.sender_domain = address.strip().rpartition("@")[2].lower()

    def _compute_can_ask_domain(self):
        self.can_ask_domain = dns is not None

    def _compute_rates(self):
        since = fields.Datetime.subtract(fields.Datetime.now(), days=30)
        members = dict(
            self.env["newsletter.member"]._read_group(
                [
                    ("connection_id", "in", self.ids),
                    ("remote_status", "in", MAILED_STATUSES),
                ],
                ["connection_id"],
                ["__count"],
            )
        )
        complaints = dict(
            self.env["newsletter.leaving.receipt"]._read_group(
                [
                    ("connection_id", "in", self.ids),
                    ("state", "!=", "not_there"),
                    ("leaving_id.channel", "=", "complaint"),
                    ("leaving_id.date", ">=", since),
                ],
                ["connection_id"],
                ["__count"],
            )
        )
        bounces = dict(
            self.env["newsletter.bounce"]._read_group(
                [
                    ("connection_id", "in", self.ids),
                    ("kind", "=", "hard"),
                    ("date", ">=", since),
                ],
                ["connection_id"],
                ["email:count_distinct"],
            )
        )
        for connection in self:
            people = members.get(connection, 0)
            gone = complaints.get(connection, 0)
            connection.complaint_rate = sender_quality.percent(gone, people + gone)
            lost = bounces.get(connection, 0)
            connection.hard_bounce_rate = sender_quality.percent(lost, people + lost)

    @api.depends(
        *("spf_state", "dkim_state", "dmarc_state", "imprint_url", "reply_to_email"),
        *("complaint_rate", "hard_bounce_rate", "agreement_missing"),
    )
    @api.depends_context("lang")
    def _compute_sender_problems(self):
        for connection in self:
            texts = connection._sender_texts()
            found = sender_quality.problems(
                spf=connection.spf_state or None,
                dkim=connection.dkim_state or None,
                dmarc=connection.dmarc_state or None,
                imprint=bool(connection.imprint_url),
                reply=bool(connection.reply_to_email or connection.company_id.email),
                complaints=connection.complaint_rate,
                hard_bounces=connection.hard_bounce_rate,
                single_opt_ins=connection._mails_single_opt_ins(),
            )
            lines = [texts[problem] for problem in found]
            connection.sender_problems = "\n".join(f"• {line}" for line in lines)

    def _mails_single_opt_ins(self):
        """Whether somebody is mailed whose only consent is no double opt-in."""
        if not isinstance(self.id, int):
            return False
        self.env.flush_all()
        [[found]] = self.env.execute_query(
            SQL(
                """
                SELECT EXISTS (
                    SELECT FROM newsletter_consent consent
                      JOIN newsletter_member member
                        ON member.email = consent.email
                       AND member.company_id = consent.company_id
                     WHERE consent.state = 'single' AND consent.medium = 'email'
                       AND consent.company_id = %(company)s
                       AND member.connection_id = %(connection)s
                       AND member.active AND member.remote_status IN %(mailed)s
                       AND NOT EXISTS (
                           SELECT FROM newsletter_consent other
                            WHERE other.email = consent.email
                              AND other.company_id = consent.company_id
                              AND other.medium = 'email'
                              AND other.state = 'confirmed'))
                """,
                company=self.company_id.id,
                connection=self.id,
                mailed=tuple(MAILED_STATUSES),
            )
        )
        return found

    def _sender_texts(self):
        """{problem: what it means and what to do}"""
        domain = self.sender_domain or self.env._("the sender's domain")
        return {
            "spf": self.env._(
                "SPF: let the administrator of %s add the tool's server to the domain.",
                domain,
            ),
            "dkim": self.env._(
                "DKIM: let the administrator of %s enter the tool's key.", domain
            ),
            "dmarc": self.env._(
                "DMARC: %s says nothing about mails that are forged. Gmail and Yahoo "
                "want it.",
                domain,
            ),
            "imprint": self.env._("Imprint: every newsletter has to link it."),
            "reply": self.env._("Address for answers: people must be able to answer."),
            "complaints": self.env._(
                "Complaints: more than 0.1 %. Ask for consents anew, write less often."
            ),
            "complaints_alarm": self.env._(
                "Complaints: more than 0.3 %. Gmail and Yahoo refuse mails from there "
                "on. Stop until you know the reason."
            ),
            "single_opt_ins": self.env._(
                "Double opt-in: some of the people who are mailed never confirmed by "
                "it. Those who certify senders want it: ask them to confirm."
            ),
            "hard_bounces": self.env._(
                "Undeliverable: more than 1 %. Take these addresses off the lists."
            ),
        }

    def action_ask_domain(self):
        """Ask the domain name system what the sender's domain says.

        :raises UserError: there is no sender, or no answer
        """
        self.ensure_one()
        self.check_access("write")
        domain = self.sender_domain
        if not domain:
            raise UserError(self.env._("Enter the sender's address first."))
        selector = (self.dkim_selector or "").strip()
        values = {
            "spf_state": self._domain_says(domain, "v=spf1"),
            "dmarc_state": self._domain_says(f"_dmarc.{domain}", "v=dmarc1"),
            "sender_checked_at": fields.Datetime.now(),
        }
        if selector:
            name = f"{selector}._domainkey.{domain}"
            values["dkim_state"] = self._domain_says(name, "p=")
        self.write(values)

    def _domain_says(self, name, word):
        texts = self._ask_domain(name)
        return sender_quality.says(texts, word)

    def _ask_domain(self, name):
        """The texts (TXT records) of a name.

        :raises UserError: nobody answers, or the name is none, or it cannot be asked
        """
        if dns is None:
            raise UserError(
                self.env._(
                    "This server lacks the Python package “dnspython”. Enter what you "
                    "know."
                )
            )
        try:
            answer = dns.resolver.resolve(name, "TXT", lifetime=_PATIENCE)
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            return []
        except dns.exception.DNSException as error:
            raise UserError(
                self.env._(
                    "The domain name system gives no answer about %s. Try again later, "
                    "or enter what you know.",
                    name,
                )
            ) from error
        return [b"".join(row.strings).decode("utf-8", "replace") for row in answer]
