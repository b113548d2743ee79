"""Which steps are proposed for a mail of each kind."""

import re

from odoo import models

from ..inbox.shop import full_name
from .newsletter_case_step import ORDER

#: feedback reports that are a complaint about us (rule C2)
COMPLAINTS = ("abuse", "fraud")
_PREFERENCE_LINK = re.compile(r"/newsletter/preferences/([\w-]{20,})")


class NewsletterCase(models.Model):
    _inherit = "newsletter.case"

    def _propose(self):
        """Replace what is proposed; steps that were carried out stay."""
        for case in self:
            case.step_ids.filtered(lambda step: step.state == "open").unlink()
            case.unclear = False
            steps = getattr(case, f"_propose_{case.mail_class}")()
            case.env["newsletter.case.step"].create(
                [
                    {"sequence": ORDER[step["kind"]], **step, "case_id": case.id}
                    for step in steps
                ]
            )

    def _propose_other(self):
        return []

    def _propose_out_of_office(self):
        """Nothing (A2, K05). A person's own words are left to a person."""
        self.unclear = not self.automatic
        return []

    def _propose_wants_out(self):
        """K01: the sender leaves, and other addresses that the mail names."""
        about = self._about()
        known = {email for email in about["mentioned"] if self._is_known(email)}
        # who writes for somebody else need not be a reader
        sender_known = not about["mentioned"] or self._is_known(about["old_email"])
        self.unclear = bool(about["mentioned"]) or not about["old_email"]
        steps = [
            {"kind": "leave", "email": email, "selected": email in known}
            for email in about["mentioned"]
        ]
        if about["old_email"]:
            steps.insert(
                0,
                {
                    "kind": "leave",
                    "email": about["old_email"],
                    "selected": sender_known or not known,
                },
            )
        return [*steps, *self._note_step()]

    def _propose_left_company(self):
        """K02 to K04, A3: the old address out, a note, the successor linked."""
        about = self._about()
        successor = about.get("successor")
        old = about["old_email"]
        self.unclear = not old
        hint = ""
        if not old:
            hint = self.env._(
                "Which address has gone? The sender speaks of %s.",
                about.get("leaver") or self.env._("somebody else"),
            )
        steps = [
            {
                "kind": "leave_address",
                "email": old,
                "selected": bool(old),
                "hint": hint or False,
            }
        ]
        if self.mailbox_id.gone_handling == "move":
            steps.append({"kind": "move_address", "email": old, "selected": bool(old)})
        else:
            steps += self._note_step()
        if successor:
            steps.append(
                {
                    "kind": "successor",
                    "email": old,
                    "person": successor.name,
                    "new_email": successor.email,
                    "selected": bool(successor.name) and not successor.is_role,
                    "hint": self.env._("Belongs to a department, not to a person.")
                    if successor.is_role
                    else self.env._("Is not subscribed."),
                }
            )
        return steps

    def _propose_address_change(self):
        """O06: the new address starts without consent; the person is asked."""
        about = self._about()
        old, new = about["old_email"], about.get("new_email") or ""
        # whoever writes a mail may name any address: a person looks at it
        self.unclear = True
        steps = [
            {
                "kind": "change_address",
                "email": old,
                "new_email": new,
                "selected": bool(old and new and old != new),
                "hint": self.env._(
                    "Starts unconfirmed: consent belongs to an address."
                ),
            }
        ]
        if new:
            consents = self.env["newsletter.consent"]._effective([old], self.company_id)
            had_consent = consents.get(old, ("none", None))[0] in (
                "confirmed",
                "single",
            )
            steps.append({"kind": "opt_in", "email": new, "selected": had_consent})
        return steps

    def _propose_bounce(self):
        """B1 to B4: what failed counts, if the mail that came back was ours."""
        kept = self.details or {}
        message_id = kept.get("message_id") or ""
        ours = bool(message_id) and self._is_our_mail(message_id)
        steps = []
        for email, action, status, text in kept.get("bounced") or []:
            counts = ours and action == "failed"
            if action != "failed":
                hint = self.env._("The report says “%s”: nothing is lost yet.", action)
            elif not ours:
                hint = self.env._("The mail that came back is none of ours.")
            else:
                hint = text
            steps.append(
                {
                    "kind": "bounce",
                    "email": email,
                    "selected": counts,
                    "hint": hint,
                    "details": {
                        "status": status,
                        "text": text,
                        "message_id": message_id,
                    },
                }
            )
        return steps

    def _propose_complaint(self):
        """C2, C3: abuse and fraud end all marketing; the rest is for a person."""
        kept = self.details or {}
        emails = kept.get("complained") or self._complained_by_token()
        complains = kept.get("complaint") in COMPLAINTS
        self.unclear = not emails or not complains
        return [
            {"kind": "complain", "email": email, "selected": complains}
            for email in emails
        ] + self._note_step()

    def _propose_shop_signup(self):
        """K06 to K08. A sign-up in a shop is no consent: it only asks for one."""
        fields = (self.details or {}).get("sign_up") or {}
        email = fields.get("email")
        if not email:
            self.unclear = True
            return []
        wanted = fields.get("newsletter") != "no"
        known = bool(self._partners_of({email}))
        return [
            {
                "kind": "contact",
                "email": email,
                "person": full_name(fields),
                "hint": self.env._("The contact is there and keeps its source.")
                if known
                else False,
            },
            {
                "kind": "tag",
                "email": email,
                "selected": wanted and bool(self.mailbox_id.tag),
            },
            {"kind": "opt_in", "email": email, "selected": wanted},
        ]

    def _note_step(self):
        """A note, where there is a contact to put it on."""
        return [{"kind": "note"}] if self.partner_ids else []

    def _is_our_mail(self, message_id):
        """Whether a mail of this database had that Message-ID (rule B4)."""
        # sudo: only whether
        return any(
            self.env[model]
            .sudo()
            .search_count([("message_id", "=", message_id)], limit=1)
            for model in ("mail.message", "mailing.trace")
        )

    def _complained_by_token(self):
        """Whom a redacted report is about: by our own link or Message-ID (C3)."""
        kept = self.details or {}
        found = _PREFERENCE_LINK.search(kept.get("unsubscribe") or "")
        if found:
            link = self.env["newsletter.preference"].sudo()._find(found[1])
            return [link.email] if link else []
        message_id = kept.get("message_id")
        if not message_id:
            return []
        # sudo: the traces of all users' mailings
        traces = self.env["mailing.trace"].sudo()
        trace = traces.search([("message_id", "=", message_id)], limit=2)
        return [trace.email] if len(trace) == 1 and trace.email else []
