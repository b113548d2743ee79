"""What a review leaves open: what is put off, and what is not as it was shown."""

from odoo import api, fields, models

from .newsletter_member_review import ASKING


class NewsletterReview(models.AbstractModel):
    _inherit = "newsletter.review"

    @api.model
    def _changed_since(self, member, shown, difference=None):
        """Whether something else is open now than what whoever decides has seen.

        :param shown: digest of the difference that was shown, None: nobody has looked
        :param difference: what differs if both sides are looked at now, None: they
            are not. It tells nothing where nothing was shown: a comparison may not have
            met the person yet.
        """
        if shown is None:
            return False
        if (member.difference_digest or "") != shown:
            return True
        return bool(shown) and difference not in (None, shown)

    def _snooze(self, members, answer, run, shown):
        """Put questions off; they come again by themselves."""
        seen = {member.id: (shown or {}).get(member.id) for member in members}
        changed = members.filtered(
            lambda member: self._changed_since(member, seen[member.id])
        )
        members -= changed
        until = fields.Date.to_date(answer.get("until"))
        asked = members.filtered(
            lambda member: (
                member.result in ASKING or member.to_decide or member.snoozed_until
            )
        )
        asked.write({"snoozed_until": until})
        texts = (
            self.env._("%s: the decision is snoozed.")
            if until
            else self.env._("%s: the decision is not snoozed any more.")
        )
        self.env["newsletter.event"]._log_many(
            [
                {
                    "code": "snoozed" if until else "snoozing_ended",
                    "run": run,
                    "member": member,
                    "coupling": member.coupling_id,
                    "text": texts % member.email,
                    "new_value": str(until) if until else False,
                    "rule": "by_hand",
                    "detail": answer.get("reason") or False,
                }
                for member in asked
            ]
        )
        refused = members - asked
        return {
            **dict.fromkeys(asked, ""),
            **dict.fromkeys(refused, "nothing_to_decide"),
            **dict.fromkeys(changed, "changed_since"),
        }
