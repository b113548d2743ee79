"""Whose mailing one of Odoo's own is: towards that company people were erased.

Odoo's mailings belong to no company, what people said does. So each mailing names its
sender; what was said towards it, and towards whoever's record or list is mailed,
counts. Towards other companies of the database the person asks there.
"""

from odoo import api, fields, models
from odoo.tools import SQL

from .newsletter_tombstone_will import WILL


class NewsletterTombstone(models.Model):
    _inherit = "newsletter.tombstone"

    @api.model
    def _refusals(self, people, companies):
        """SQL of rows (email, company_id): who wants no mailing of a company at all.

        They were erased, or have objected to all marketing and not agreed since. Of
        the latter the blocklist tells as well, but mailings may leave that aside.

        :param people: SQL of rows (email) with normalised addresses
        """
        return SQL(
            """
            SELECT said.email, stone.company_id FROM (%(people)s) said
              JOIN (%(stones)s) stone ON stone.digest = %(digest)s
             WHERE stone.coupling_id IS NULL AND stone.list_key = 0
             UNION
            SELECT said.email, leaving.company_id FROM (%(people)s) said
              JOIN newsletter_leaving leaving ON leaving.email = said.email
             WHERE leaving.company_id = ANY(%(companies)s)
               AND leaving.scope <> 'list' AND leaving.lifted_at IS NULL
               AND NOT EXISTS (
                   SELECT FROM newsletter_consent consent
                    WHERE consent.company_id = leaving.company_id
                      AND consent.email = said.email AND consent.medium = 'email'
                      AND consent.state = 'confirmed'
                      AND consent.state_at > leaving.date)
            """,
            people=people,
            companies=companies.ids,
            stones=self._stones(companies),
            digest=self._digest_sql(SQL("said.email")),
        )

    @api.model
    def _refusals_of_list(self, people, mailing_list, companies, owners):
        """SQL of rows (list, email): who wants no mailing by this one list.

        :param companies: towards whom an objection to the list counts
        :param owners: those of them to whom the list belongs, so that a refusal of
            everything counts as well
        """
        return SQL(
            """
            SELECT %(list)s AS list_id, said.email FROM (%(people)s) said
              JOIN (%(stones)s) stone ON stone.digest = %(digest)s
             WHERE stone.coupling_id IN (
                       SELECT id FROM newsletter_coupling
                        WHERE mailing_list_id = %(list)s)
                OR stone.coupling_id IS NULL
               AND (stone.list_key = %(list)s
                    OR stone.list_key = 0 AND stone.company_id = ANY(%(owners)s))
            """,
            list=mailing_list.id,
            people=people,
            stones=self._stones(companies | owners),
            digest=self._digest_sql(SQL("said.email")),
            owners=owners.ids,
        )

    @api.model
    def _stones(self, companies):
        # sudo: the memory of the synchronisation
        stones = self.sudo().search_count(
            [
                ("company_id", "in", companies.ids),
                ("reason", "in", WILL),
            ],
            limit=1,
        )
        # a hash for everybody costs more than to see that there is nothing to compare
        return SQL(
            """
            SELECT digest, company_id, list_key, coupling_id FROM newsletter_tombstone
             WHERE company_id = ANY(%s) AND reason = ANY(%s) AND %s
            """,
            companies.ids,
            list(WILL),
            SQL("TRUE") if stones else SQL("FALSE"),
        )


class MailingMailing(models.Model):
    _inherit = "mailing.mailing"

    newsletter_company_id = fields.Many2one(
        "res.company",
        string="Sender Company",
        compute="_compute_newsletter_company_id",
        store=True,
        readonly=False,
        precompute=True,
        help="Whoever was erased, or objected to all marketing, towards this company "
        "is left out. Empty: whoever did so towards any company.",
    )

    @api.depends("user_id")
    def _compute_newsletter_company_id(self):
        """The company in which the mailing is made; it goes with the responsible."""
        for mailing in self:
            # sudo: the companies of a colleague
            user = mailing.user_id.sudo()
            company = mailing.newsletter_company_id
            if company not in user.company_ids:
                own = user == self.env.user
                company = self.env.company if own else user.company_id
            mailing.newsletter_company_id = company

    def _newsletter_senders(self):
        """Towards whom it counts what people said; all companies if nobody knows."""
        self.ensure_one()
        # sudo: what people said counts, whoever presses the button
        companies = self.env["res.company"].sudo()
        return self.sudo().newsletter_company_id or companies.search(
            [("active", "in", [True, False])]
        )

    def _newsletter_people(self, mailed):
        """SQL of the addresses that the mailing may reach.

        :param mailed: these addresses; None: all of its model
        """
        if mailed is not None:
            return SQL("SELECT unnest(%s::text[]) AS email", list(mailed))
        model = self.env[self.mailing_model_real]
        field = model._fields.get("email_normalized")
        if not field or not field.store:
            return SQL("SELECT NULL::text AS email WHERE FALSE")
        return SQL(
            "SELECT DISTINCT email_normalized AS email FROM %s"
            " WHERE email_normalized IS NOT NULL",
            SQL.identifier(model._table),
        )

    def _newsletter_refusing(self, mailed):
        """SQL of rows (email): who wants no mailing of the sender."""
        people = self._newsletter_people(mailed)
        tombstones = self.env["newsletter.tombstone"]
        refusals = tombstones._refusals(people, self._newsletter_senders())
        return SQL("SELECT refusal.email FROM (%s) refusal", refusals)

    def _newsletter_refusing_records(self, model, recipients):
        """Ids of records whose own company must not mail the person.

        The address alone does not tell: another company has a record of its own of the
        person, whom it may mail.

        :param recipients: {record id: dict with ``mail_to_normalized``}
        """
        field = self.env[model]._fields.get("company_id")
        if not field or field.comodel_name != "res.company":
            return set()
        # sudo: whoever mails may not see all records of a mailing
        records = self.env[model].sudo().browse(recipients)
        people = {
            email: ()
            for each in recipients.values()
            for email in each["mail_to_normalized"]
        }
        companies = records.company_id - self._newsletter_senders()
        if not companies or not people:
            return set()
        self.env.flush_all()
        refusals = self.env["newsletter.tombstone"]._refusals(
            self._newsletter_people(people), companies
        )
        refused = set(self.env.execute_query(refusals))
        return {
            record.id
            for record in records
            if any(
                (email, record.company_id.id) in refused
                for email in recipients[record.id]["mail_to_normalized"]
            )
        }
