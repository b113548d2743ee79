"""Where a form can be seen and put: its page, a snippet, the neutrality of its mail."""

from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..sync.neutrality import Hint, hints
from .newsletter_consent_request_mail import LINK


class NewsletterConsentForm(models.Model):
    _inherit = "newsletter.consent.form"

    url = fields.Char(compute="_compute_url", string="Page")
    json_url = fields.Char(compute="_compute_url", string="Address for Web Forms")
    snippet = fields.Text(
        compute="_compute_snippet",
        help="Put it into a page of your web site. It holds the present wording; "
        "copy it again after a change.",
    )
    neutrality = fields.Text(
        compute="_compute_neutrality",
        string="Hints on the Mail",
        help="Courts want the confirmation mail to be free of advertising.",
    )

    @api.depends("key")
    def _compute_url(self):
        for form in self:
            form.url = f"{form.get_base_url()}/newsletter/subscribe/{form.key}"
            form.json_url = f"{form.url}/json"

    @api.depends("key", "mailing_list_ids", "ask_name", "offer_reactions")
    @api.depends("wording_ids.text", "wording_ids.reactions_text")
    @api.depends_context("lang")
    def _compute_snippet(self):
        for form in self:
            wording = form._wording(self.env.lang)
            # the page's own names of things, for the eyes of the web site's editor
            form.snippet = wording and self.env["ir.qweb"]._render(
                "newsletter_sync.opt_in_snippet",
                {
                    "form": form.with_context(lang=wording.lang),
                    "wording": wording,
                    "media": form.with_context(lang=wording.lang)._media(),
                    "trap": "website",
                },
                lang=wording.lang,
            )

    @api.depends("template_id", "template_id.body_html", "privacy_url", "imprint_url")
    def _compute_neutrality(self):
        words = {
            Hint.LINK: self.env._("A further link: %s"),
            Hint.IMAGE: self.env._("A picture: %s"),
            Hint.WORD: self.env._("A word that sells: %s"),
            Hint.NO_LINK: self.env._("The link to confirm is missing.%s"),
        }
        fallback = self.env.ref(
            "newsletter_sync.mail_template_consent", raise_if_not_found=False
        )
        for form in self:
            # sudo: the mail's text, whose editing is another right
            template = (form.template_id or fallback or form.template_id).sudo()
            allowed = tuple(filter(None, (form.privacy_url, form.imprint_url)))
            found = []
            for code, _name in self.env["res.lang"].get_installed():
                body = template.with_context(lang=code).body_html or ""
                # the link is filled in when the mail is made
                body = Markup(body).replace(f"t-att-href=\"ctx.get('{LINK}')\"", "")
                found += hints(str(body), LINK, allowed)
            lines = [words[each.hint] % each.text for each in dict.fromkeys(found)]
            form.neutrality = "\n".join(lines) or False

    def action_open_page(self):
        """Look at the page as people see it.

        :raises UserError: there is nothing to agree to yet
        """
        self.ensure_one()
        if not self._ready():
            raise UserError(
                self.env._("Write a wording first; without one nobody can agree.")
            )
        return {"type": "ir.actions.act_url", "url": self.url, "target": "new"}
