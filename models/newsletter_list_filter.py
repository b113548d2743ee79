"""Find people by a filter: the records that match, as people of a list."""

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL
from odoo.tools.safe_eval import datetime as safe_datetime
from odoo.tools.safe_eval import dateutil, safe_eval

RECORD_TYPES = [
    ("contact", "Contacts (people and companies)"),
    ("company", "Companies only"),
    ("lead", "Leads and opportunities"),
]
#: record type -> (model, what holds beside the filter)
RECORDS = {
    "contact": ("res.partner", Domain.TRUE),
    "company": ("res.partner", Domain("is_company", "=", True)),
    "lead": ("crm.lead", Domain.TRUE),
}
#: what a record brings to the list, as ``newsletter.list.people._gather`` wants it
PEOPLE = {
    "res.partner": """
        SELECT record.email_normalized AS email, record.email AS raw, record.name,
               record.commercial_company_name AS company_name, record.country_id,
               record.id AS res_id
          FROM res_partner record""",
    "crm.lead": """
        SELECT record.email_normalized AS email, record.email_from AS raw,
               COALESCE(NULLIF(record.contact_name, ''),
                        NULLIF(record.partner_name, ''), record.name) AS name,
               record.partner_name AS company_name, record.country_id,
               record.id AS res_id
          FROM crm_lead record""",
}


class NewsletterListPeople(models.AbstractModel):
    _inherit = "newsletter.list.people"

    @api.model
    def _filtered(self, record_type, domain, user, company):
        """The records that match, as SQL of people.

        :param domain: text as the client writes it
        :param user: whose rights count; nobody finds what they may not see
        :param company: its records, and those that belong to none
        :raises UserError: the filter does not work
        """
        model_name, base = RECORDS[record_type]
        model = (
            self.env[model_name]
            .with_user(user)
            .with_company(company)
            .with_context(allowed_company_ids=company.ids, lang=user.lang, tz=user.tz)
        )
        try:
            wanted = Domain(self._evaluated(domain, user)) & base
            wanted &= Domain("company_id", "in", [False, company.id])
            # also where the filter asks for archived ones, who are never transmitted
            wanted &= Domain("active", "=", True)
            query = model._search(wanted)
        except (ValueError, KeyError, TypeError, AttributeError, SyntaxError) as error:
            raise UserError(str(error)) from error
        return SQL(
            "%s WHERE record.id IN %s", SQL(PEOPLE[model_name]), query.subselect()
        )

    @api.model
    def _evaluated(self, domain, user):
        """A filter with the words that the client knows for today."""
        now = fields.Datetime.context_timestamp(
            self.with_context(tz=user.tz), fields.Datetime.now()
        )
        words = {
            "context_today": now.date,
            "today": fields.Date.to_string(now.date()),
            "current_date": fields.Date.to_string(now.date()),
            "now": fields.Datetime.to_string(fields.Datetime.now()),
            "datetime": safe_datetime,
            "relativedelta": dateutil.relativedelta.relativedelta,
            "uid": user.id,
        }
        return safe_eval(domain or "[]", words)

    @api.model
    def _of_lists(self, lists):
        """Who is subscribed to any of the mailing lists, as SQL of people."""
        return SQL(
            """
            SELECT contact.email_normalized AS email, contact.email AS raw,
                   contact.name, contact.company_name, contact.country_id,
                   contact.id AS res_id
              FROM mailing_contact contact
             WHERE contact.id IN (
                       SELECT contact_id FROM mailing_subscription
                        WHERE list_id = ANY(%s) AND NOT COALESCE(opt_out, FALSE))
            """,
            lists.ids,
        )

    @api.model
    def _check_open(self, mailing_list):
        """Nobody is added to a list that has ended or is archived.

        :raises UserError: it has or is
        """
        if mailing_list.newsletter_state == "ended" or not mailing_list.active:
            raise UserError(
                self.env._(
                    "“%s” has ended: nobody is added to it any more.", mailing_list.name
                )
            )
