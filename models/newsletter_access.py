"""What is known of a person, told to them: the right of access (rule X4)."""

import json

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools.translate import LazyTranslate

from ..sync.address import parse
from .newsletter_personal_data import PLACES

_lt = LazyTranslate(__name__)

#: employees are people, too, and not whom the request is about
_EMPLOYEES = ("user_name", "vouched_by", "local_status_by", "task_by")

#: the rights that an answer must name (GDPR Art. 15(1)(e) and (f))
RIGHTS = (
    _lt("You may have wrong data put right, and have your data erased or restricted."),
    _lt("You may object to advertising at any time; that costs nothing."),
    _lt("You may withdraw a consent at any time for the time to come."),
    _lt("You may complain to the data protection authority."),
)


class NewsletterPersonalData(models.AbstractModel):
    _inherit = "newsletter.personal.data"

    @api.model
    def _export(self, emails, company):
        """All that is known of a person towards one company, as plain values.

        The export is logged; so is the reading of evidence.

        :param emails: the person's addresses in any spelling
        :return: dict, in the user's language, that JSON can take
        :raises AccessError: without the right, or for a company out of reach
        :raises UserError: there is no address
        """
        self._check_may_export(company)
        emails = sorted({parse(raw).email for raw in emails} - {""})
        if not emails:
            raise UserError(self.env._("There is no e-mail address here."))
        places = []
        for place in PLACES:
            records = self._records(place.model, emails, company)
            if records:
                names = self._shown_fields(place)
                places.append(
                    {
                        "place": place.model,
                        "title": self._title(place.model),
                        "labels": self._labels(place.model, names),
                        "records": [self._told(each, names) for each in records],
                    }
                )
        self._log_export(emails, company)
        return {
            "addresses": emails,
            "company": company.name,
            "made_at": _iso(fields.Datetime.now()),
            "purposes": self._purposes(emails, company),
            "accounts": self._told_accounts(emails, company),
            "kept_out": self._kept_out(emails, company),
            "places": places,
            "rights": [self.env._(text) for text in RIGHTS],
        }

    @api.model
    def _check_may_export(self, company):
        if not self.env.user.has_group("newsletter_sync.group_privacy"):
            raise AccessError(
                self.env._(
                    "Access requests are answered by members of the group “Newsletter "
                    "Privacy / Evidence” only."
                )
            )
        if company not in self.env.companies:
            raise AccessError(self.env._("Choose one of your companies."))

    @api.model
    def _log_export(self, emails, company):
        """Who has exported what is known of whom; the addresses are masked (P1)."""
        shown = self._masked(emails)
        self.env["newsletter.event"]._log(
            "access_request",
            company_id=company.id,
            user_id=self.env.uid,
            text=self.env._("An access request about %s was answered.", shown),
        )

    @api.model
    def _purposes(self, emails, company):
        consents = self._records("newsletter.consent", emails, company)
        return sorted(set(filter(None, consents.mapped("purpose"))))

    @api.model
    def _told_accounts(self, emails, company):
        """The processors that the data were passed on to, and where they process them
        (GDPR Art. 15(1)(c))."""
        rows = []
        held = self.env["newsletter.erasure"]._held(emails, company)
        for connection, people in held.items():
            row = {
                "account": connection.name,
                "tool": connection._connector_class().label,
                "lists": sorted(
                    {name for person in people for name in person["lists"].values()}
                ),
            }
            if country := connection.agreement_country_id.name:
                row["country"] = country
            rows.append(row)
        return rows

    @api.model
    def _kept_out(self, emails, company):
        """Whether a keyed hash keeps one of the addresses out, after a deletion."""
        return bool(self.env["newsletter.tombstone"]._known(emails, company))

    @api.model
    def _labels(self, model, names):
        described = self.env[model].sudo().fields_get(names, ["string"])
        return {name: described[name]["string"] for name in names}

    @api.model
    def _shown_fields(self, place):
        model = self.env[place.model]
        return [
            name
            for name in super()._shown_fields(place)
            if model._fields[name].comodel_name != "res.users"
            and name not in _EMPLOYEES
        ]

    @api.model
    def _told(self, record, names):
        """A record as plain values; what is empty is left out."""
        told = {}
        for name in names:
            value = record[name]
            field = record._fields[name]
            if field.type in ("many2one", "many2many"):
                value = ", ".join(each.display_name or "" for each in value)
            elif field.type == "many2one_reference":
                value = None
            elif field.type == "selection":
                value = dict(field._description_selection(self.env)).get(value)
            elif field.type == "datetime":
                value = _iso(value)
            elif field.type == "date":
                value = value and fields.Date.to_string(value)
            elif field.type == "html":
                value = value and str(value)
            if value not in (None, False, "", [], {}):
                told[name] = value
        return told

    @api.model
    def _export_json(self, data):
        return json.dumps(data, ensure_ascii=False, indent=2, default=str)


def _iso(moment):
    return moment and f"{moment.isoformat(sep='T', timespec='seconds')}Z"
