"""What a confirmed consent does in Odoo: old blocks fall, lists are joined."""

from dataclasses import replace

from odoo import SUPERUSER_ID, fields, models

from ..sync.address import masked


class NewsletterConsentRequest(models.Model):
    _inherit = "newsletter.consent.request"

    def _come_back(self, consents):
        """The person wants mails again; what they said before is overtaken (W9).

        Only their own click leads here. Blocks of this address fall; on lists that
        they did not ask for they stay off.
        """
        self.ensure_one()
        # the leavings' own hooks would take these writes for news
        quiet = self.with_context(newsletter_leaving=True)
        lists = consents.mailing_list_id
        quiet._lift_leavings(lists)
        quiet._lift_blocks()
        self.env["newsletter.tombstone"]._lift(consents)
        quiet._join(lists)
        lists._newsletter_push_confirmed(self)

    def _lift_leavings(self, lists):
        """Leavings of these lists and of everything stand no more."""
        standing = self.env["newsletter.leaving"].search(
            [
                ("company_id", "=", self.company_id.id),
                ("email", "=", self.email),
                ("lifted_at", "=", False),
            ]
        )
        standing.filtered(
            lambda each: each.scope != "list" or each.mailing_list_id in lists
        )._lift(self.env._("Confirmed by double opt-in."))

    def _lift_blocks(self):
        """Blocklist and “E-mails not wanted”, unless another company needs them."""
        elsewhere = self.env["newsletter.leaving"].search_count(
            [
                ("company_id", "!=", self.company_id.id),
                ("email", "=", self.email),
                ("scope", "!=", "list"),
                ("lifted_at", "=", False),
            ],
            limit=1,
        )
        blocked = self.env["mail.blacklist"].search([("email", "=", self.email)])
        unwilling = self.env["res.partner"].search(
            [
                ("email_normalized", "=", self.email),
                ("no_marketing_email", "=", True),
            ]
        )
        if not (blocked or unwilling):
            return
        if elsewhere:
            text = self.env._(
                "%s has confirmed, but objected towards another company of this "
                "database. The block is for all of them and stays; please decide.",
                masked(self.email),
            )
        else:
            blocked.action_archive()
            unwilling.no_marketing_email = False
            text = self.env._(
                "%s has confirmed by double opt-in; the block was lifted.",
                masked(self.email),
            )
        self.env["newsletter.event"]._log(
            "block_lifted" if not elsewhere else "block_stays",
            level="warning",
            text=text,
            record=self,
            company_id=self.company_id.id,
        )

    def _join(self, lists):
        """Put the person on the lists that they confirmed."""
        if not lists:
            return
        contacts = self.env["mailing.contact"].search(
            [("email_normalized", "=", self.email)], order="id"
        )
        if not contacts:
            contacts = contacts.create(
                {"name": self.name or self.email, "email": self.email}
            )
        subscriptions = self.env["mailing.subscription"].search(
            [("contact_id", "in", contacts.ids), ("list_id", "in", lists.ids)]
        )
        # whoever opted out is in again, all records of the address alike
        subscriptions.filtered("opt_out").write(
            {"opt_out": False, "opt_out_reason_id": False}
        )
        subscriptions.create(
            [
                {"contact_id": contacts[0].id, "list_id": place.id}
                for place in lists - subscriptions.list_id
            ]
        )


class MailingList(models.Model):
    _inherit = "mailing.list"

    newsletter_push_confirmed = fields.Boolean(
        string="Transmit After Confirmation",
        help="Whoever confirms is transmitted to the coupled newsletter tool by "
        "itself. Otherwise somebody decides when.",
    )

    def _newsletter_push_confirmed(self, request):
        """Transmit somebody who has just confirmed, where the list says so (B10)."""
        for place in self.filtered("newsletter_push_confirmed"):
            # sudo: a visitor's click; what follows was decided by the list's owner
            couplings = (
                self.env["newsletter.coupling"]
                .sudo()
                .search(
                    [
                        ("mailing_list_id", "=", place.id),
                        ("company_id", "=", request.company_id.id),
                        ("state", "=", "active"),
                    ]
                )
            )
            for coupling in couplings:
                coupling._transmit_confirmed(request)


class NewsletterCoupling(models.Model):
    _inherit = "newsletter.coupling"

    def _transmit_confirmed(self, request):
        """Transmit one person by a run of its own, which says why (B10).

        The transmission looks at everything once more before it sends.
        """
        self.ensure_one()
        if self.direction == "to_odoo" or not self.mailing_list_id:
            return
        members = self.env["newsletter.member"]
        member = members.search(
            [("coupling_id", "=", self.id), ("email", "=", request.email)], limit=1
        )
        if member.remote_status == "subscribed":
            return
        contact = self.env["mailing.contact"].search(
            [
                ("email_normalized", "=", request.email),
                ("list_ids", "in", self.mailing_list_id.ids),
            ],
            order="id",
            limit=1,
        )
        now = fields.Datetime.now()
        member = member or members.create(
            {"coupling_id": self.id, "email": request.email, "contact_id": contact.id}
        )
        member.write(
            {
                "local_status": "subscribed",
                "local_status_at": now,
                "task": "transmit",
                "task_at": now,
                "task_rule": "confirmed",
                "outdated": False,
                "parked": False,
                "tries": 0,
                "next_try_at": False,
            }
        )
        run = self.env["newsletter.run"].create(
            {
                "kind": "transmit",
                "phase": "compare",
                "by_itself": True,
                "coupling_id": self.id,
                "connection_id": self.connection_id.id,
                "remote_list_id": self.remote_list_id.id,
                "selection_domain": [["email", "=", request.email]],
                "user_id": SUPERUSER_ID,
            }
        )
        self.env["newsletter.event"]._log(
            "pushed_on_confirmation",
            text=self.env._(
                "%s has confirmed and is transmitted by itself, as the list says.",
                masked(request.email),
            ),
            run=run,
            member=member,
        )
        self.env["newsletter.runner"]._wake()


class NewsletterReconcile(models.AbstractModel):
    _inherit = "newsletter.reconcile"

    def _policy(self, coupling, case, mappings, facts, buried, common=None):
        """Whoever confirmed is missing in the tool only until the next transmission."""
        policy = super()._policy(coupling, case, mappings, facts, buried, common)
        if policy.proof_at and coupling.mailing_list_id.newsletter_push_confirmed:
            policy = replace(policy, transmit_missing=True)
        return policy
