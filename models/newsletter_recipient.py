"""What a contact, a mailing contact and a lead have in common as a recipient."""

from odoo import api, fields, models
from odoo.tools.misc import get_lang

from ..sync import names, salutation

PARTS = ("salutation", "title", "firstname", "lastname", "letter_salutation")


class NewsletterRecipient(models.AbstractModel):
    """Names and salutations for the tool, prefilled from the record and editable.

    Only what a person typed is stored (one JSON column); the rest is derived when it
    is needed, so installing costs nothing however many contacts there are.
    """

    _name = "newsletter.recipient"
    _description = "Newsletter Recipient"

    newsletter_edited = fields.Json(copy=False)
    newsletter_salutation = fields.Selection(
        [
            ("mr", "Mr."),
            ("mrs", "Ms."),
            ("family", "Family"),
            ("neutral", "Neutral"),
        ],
        compute="_compute_newsletter_person",
        inverse="_inverse_newsletter_salutation",
        help="Empty: nothing is known, the letter salutation stays neutral.",
    )
    newsletter_anrede = fields.Char(
        string="Salutation in the Tool", compute="_compute_newsletter_person"
    )
    newsletter_title = fields.Char(
        compute="_compute_newsletter_person",
        inverse="_inverse_newsletter_title",
    )
    newsletter_firstname = fields.Char(
        compute="_compute_newsletter_person",
        inverse="_inverse_newsletter_firstname",
        string="Newsletter First Name",
    )
    newsletter_lastname = fields.Char(
        compute="_compute_newsletter_person",
        inverse="_inverse_newsletter_lastname",
        string="Newsletter Last Name",
    )
    newsletter_company = fields.Char(compute="_compute_newsletter_person")
    newsletter_letter_salutation = fields.Char(
        compute="_compute_newsletter_person",
        inverse="_inverse_newsletter_letter_salutation",
        string="Letter Salutation",
        help="Such as “Sehr geehrte Frau Dr. Scholz,”. Clear it to have it made anew.",
    )

    # --- to be answered by each kind of record ---------------------------------
    @api.model
    def _newsletter_name_fields(self):
        """Fields that the names are derived from (for recomputing in the form)."""
        return ["name"]

    def _newsletter_source(self):
        """Where the names come from.

        :return: dict with ``name``, ``company``, ``is_company``, ``lang`` and, where
            the record knows them apart, ``firstname``, ``lastname``, ``title``
        """
        raise NotImplementedError

    @api.model
    def _newsletter_email_field(self):
        return "email"

    # --- derived ---------------------------------------------------------------
    @api.depends(lambda self: ["newsletter_edited", *self._newsletter_name_fields()])
    def _compute_newsletter_person(self):
        for record in self:
            record.update(record._newsletter_person())

    @api.model
    def _newsletter_parts(self):
        """Names of the text fields that ``_newsletter_person`` tells."""
        return {
            name
            for name, field in self._fields.items()
            if field.compute == "_compute_newsletter_person" and field.type == "char"
        }

    def _newsletter_person(self):
        """All parts of the name, as the fields of this class hold them."""
        self.ensure_one()
        source = self._newsletter_source()
        edited = self.newsletter_edited or {}
        lang = (source.get("lang") or get_lang(self.env).code or "en")[:2]
        name = source.get("name") or ""
        if source.get("is_company") or "@" in name:
            # an address that stands in for a name tells none
            parsed = names.PersonName()
        else:
            parsed = names.parse_name(name, lang)
        first, last = source.get("firstname") or "", source.get("lastname") or ""
        if not first and not last:
            # names that are kept apart are taken as they are, none is guessed to them
            first, last = parsed.first, parsed.last
        parts = {
            "salutation": parsed.salutation,
            "title": source.get("title") or parsed.title,
            "firstname": first,
            "lastname": last,
        }
        parts.update({key: edited[key] for key in parts if key in edited})
        company = source.get("company") or ""
        letter = edited.get("letter_salutation") or salutation.letter_salutation(
            names.PersonName(
                salutation=parts["salutation"] or "",
                title=parts["title"] or "",
                first=parts["firstname"] or "",
                last=parts["lastname"] or "",
            ),
            lang,
            company=bool(source.get("is_company")),
        )
        return {
            "newsletter_salutation": parts["salutation"] or False,
            "newsletter_anrede": salutation.anrede(parts["salutation"] or "", lang),
            "newsletter_title": parts["title"],
            "newsletter_firstname": parts["firstname"],
            "newsletter_lastname": parts["lastname"],
            "newsletter_company": company,
            "newsletter_letter_salutation": letter,
        }

    # --- edited ----------------------------------------------------------------
    def _newsletter_edit(self, part):
        """Keep what was typed; clearing a field lets it be derived again."""
        for record in self:
            typed = record[f"newsletter_{part}"]
            edited = dict(record.newsletter_edited or {})
            edited.pop(part, None)
            if typed:
                edited[part] = typed
            record.newsletter_edited = edited or False
        # The ORM keeps what was written; the parts depend on each other, and a cleared
        # one has to be derived, at once.
        parts = [f"newsletter_{part}" for part in PARTS]
        self.invalidate_recordset(["newsletter_anrede", *parts], flush=False)

    def _inverse_newsletter_salutation(self):
        self._newsletter_edit("salutation")

    def _inverse_newsletter_title(self):
        self._newsletter_edit("title")

    def _inverse_newsletter_firstname(self):
        self._newsletter_edit("firstname")

    def _inverse_newsletter_lastname(self):
        self._newsletter_edit("lastname")

    def _inverse_newsletter_letter_salutation(self):
        self._newsletter_edit("letter_salutation")

    # --- the way into the wizard -----------------------------------------------
    def action_newsletter_push(self):
        """Open the wizard for these records."""
        return self.env["newsletter.push.wizard"]._open_for(self)
