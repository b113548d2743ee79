"""Where people leave: each way that exists in Odoo and in the tools leads to one door.

``newsletter_leaving`` in the context marks writes of that door itself, which are no
news. ``newsletter_leaving_channel`` names the way where it is known better than here,
``newsletter_leaving_note`` what led to it.
"""

from odoo import api, models

from ..sync.address import may_be_marked, parse
from ..sync.reconcile_status import LEFT, later
from .newsletter_leaving import is_ours
from .newsletter_same_recipient import STATUSES_LEFT


def _channel(env, otherwise):
    """By which way a leaving came in, as far as the environment knows."""
    if channel := env.context.get("newsletter_leaving_channel"):
        return channel
    if env.context.get("import_file"):
        return "import"
    # public and portal users act on Odoo's own pages, each for themselves
    return "page" if env.user.share else otherwise


class MailBlacklist(models.Model):
    _inherit = "mail.blacklist"

    @api.model_create_multi
    def create(self, vals_list):
        entries = super().create(vals_list)
        if not is_ours(self.env):
            entries.filtered("active")._newsletter_left()
        return entries

    def write(self, vals):
        blocked = self.browse()
        if vals.get("active"):
            blocked = self.filtered(lambda entry: not entry.active)
        result = super().write(vals)
        if not is_ours(self.env):
            blocked._newsletter_left()
        return result

    def _newsletter_left(self):
        """Blocklisting unsubscribes everywhere by itself (I04).

        A person who blocks themselves objects to all marketing; a clerk who does it
        speaks of this address.
        """
        if not self:
            return
        leavings = self.env["newsletter.leaving"]
        channel = _channel(self.env, "blocklist")
        scope = "everything" if channel == "page" else "address"
        rows = {email: {} for email in self.mapped("email")}
        leavings._take_in(rows, self.env.company, channel, scope)


class MailingSubscription(models.Model):
    _inherit = "mailing.subscription"

    @api.model_create_multi
    def create(self, vals_list):
        rows = super().create(vals_list)
        if not is_ours(self.env):
            rows.filtered("opt_out")._newsletter_left()
        return rows

    def write(self, vals):
        left = self.browse()
        if not is_ours(self.env) and (
            vals.get("opt_out")
            or vals.get("opt_out_datetime")
            or vals.get("opt_out_reason_id")
        ):
            left = self.filtered(lambda row: not row.opt_out)
        back = self.browse()
        if "opt_out" in vals and not vals["opt_out"]:
            back = self.filtered("opt_out")
        result = super().write(vals)
        left._newsletter_left()
        back._newsletter_back()
        return result

    def _newsletter_back(self):
        """Somebody is put back on a list that they had left: not without a reason (W9).

        A person's own wish on a page is no consent yet; until they confirm, the leaving
        stands, and the comparison keeps them off.
        """
        if self.env.user.share:
            return
        leavings = self.env["newsletter.leaving"]
        # sudo: see _newsletter_left
        for row in self.sudo():
            standing = leavings.sudo().search(
                [
                    ("email", "=", row.contact_id.email_normalized),
                    ("mailing_list_id", "=", row.list_id.id),
                    ("lifted_at", "=", False),
                ]
            )
            standing._come_back()

    def _newsletter_left(self):
        """Somebody opted out of a list, on a page of Odoo's or by a clerk's hand."""
        leavings = self.env["newsletter.leaving"]
        channel = _channel(self.env, "staff")
        # sudo: a page acts for a visitor, who may read nothing of this
        rows = self.sudo()
        for mailing_list in rows.list_id:
            told = {
                row.contact_id.email: {
                    "at": row.opt_out_datetime,
                    "reason": row.opt_out_reason_id.name,
                    "note": self.env.context.get("newsletter_leaving_note"),
                }
                for row in rows
                if row.list_id == mailing_list
            }
            leavings._take_in(told, self.env.company, channel, "list", mailing_list)


class ResPartner(models.Model):
    _inherit = "res.partner"

    @api.model_create_multi
    def create(self, vals_list):
        partners = super().create(vals_list)
        if not is_ours(self.env):
            partners.filtered("no_marketing_email")._newsletter_left()
        return partners

    def write(self, vals):
        left = self.browse()
        if vals.get("no_marketing_email") and not is_ours(self.env):
            left = self.filtered(lambda partner: not partner.no_marketing_email)
        result = super().write(vals)
        left._newsletter_left()
        if "email" in vals and not is_ours(self.env):
            # the wish is the person's and goes along to another address
            (self - left).filtered("no_marketing_email")._newsletter_left()
        return result

    def _newsletter_left(self):
        """“E-mails not wanted” is an objection of the whole person."""
        # sudo: whoever edits contacts may know nothing of members and leads
        addresses = self.sudo()._newsletter_same_person()._newsletter_addresses()
        if addresses:
            self.env["newsletter.leaving"]._leave(
                addresses, self.env.company, _channel(self.env, "staff")
            )


class NewsletterReview(models.AbstractModel):
    _inherit = "newsletter.review"

    def _carry_out(self, coupling, cases, mappings, answer, run):
        """The reason that a person gave stands at what they bring about."""
        told = self.with_context(
            newsletter_leaving=True, newsletter_reason=answer.get("reason")
        )
        return super(NewsletterReview, told)._carry_out(
            coupling, cases, mappings, answer, run
        )


class NewsletterReconcile(models.AbstractModel):
    _inherit = "newsletter.reconcile"

    def _carry_out(self, run, coupling, cases, mappings):
        """Whoever left in the tool has left in Odoo, and in the other accounts too."""
        besides = self._leavings_besides(coupling, cases)
        quiet = self.with_context(newsletter_leaving=True)
        result = super(NewsletterReconcile, quiet)._carry_out(
            run, coupling, cases, mappings
        )
        self._pass_on_leavings(coupling, cases, besides)
        return result

    def _leavings_besides(self, coupling, cases):
        """Those who left in the tool while they were off the list in Odoo already.

        Nothing changes by that, but whatever took them off (a filter, an operation, a
        hand) may bring them back, and who left stays away. What the tool tells of our
        own doing is no leaving: an answer has brought up both sides, and what is still
        on its way is asked for here.

        Of whom nothing was agreed on yet, the row that has them off says enough.

        :return: the cases, as a set; called before anything is written down
        """
        found = []
        for case in cases:
            local, member = case.local, case.member
            if case.fetched.status not in STATUSES_LEFT or not member:
                continue
            known = member.remote_status in STATUSES_LEFT
            if local.status in LEFT:
                known = known and member.base_status in STATUSES_LEFT
            elif local.status or not local.known:
                # on the list; or somebody whom Odoo does not know any more
                continue
            if not known:
                found.append(case)
        sent = self._being_signed_off(coupling) if found else {}
        return {
            case
            for case in found
            if case.member.id not in sent
            or later(sent[case.member.id], case.remote.status_at)
        }

    @api.model
    def _being_signed_off(self, coupling):
        """{member: since when it is being unsubscribed in the tool}, in whole seconds,
        as tools tell them; of those whose answer is not known yet."""
        # sudo: the memory of the engine
        flights = self.env["newsletter.flight"].sudo()
        sent = {}
        for flight in flights.search(
            [("coupling_id", "=", coupling.id), ("task", "=", "unsubscribe")]
        ):
            lines = self.env["newsletter.run.line"].sudo().browse(flight.line_ids)
            for line in lines.exists():
                sent[line.member_id.id] = line.create_date.replace(microsecond=0)
        return sent

    def _pass_on_leavings(self, coupling, cases, besides=frozenset()):
        """What the tool told us about somebody known, by the one entrance.

        :param besides: see ``_leavings_besides``
        """
        told, there = {}, set()
        for case in cases:
            change = case.outcome.local
            taken = change.set_by_tool and change.status and not change.add
            if not (case in besides or taken and case.outcome.urgent):
                continue
            at = case.remote.status_at if case in besides else change.status_at
            said = {
                "at": at.replace(tzinfo=None) if at else None,
                "reason": case.fetched.reason,
            }
            # the mailbox that the tool has mailed, and the one that Odoo mails
            told.update(
                (email, said) for email in (case.email, case.remote.email) if email
            )
            there.add(case.remote.email)
        found = self._left_in_tool(coupling, told)
        if coupling.connection_id._leaving_reaches_account():
            # the account said so itself: it need not be told. With the address that
            # Odoo has, somebody else may be in it
            found.sudo().receipt_ids.filtered(
                lambda each: (
                    each.connection_id == coupling.connection_id
                    and each.email in there
                    and each.state in ("waiting", "failed")
                )
            )._answered()

    def _left_in_tool(self, coupling, told):
        """Addresses that have left the list in the tool, or the account with it.

        :param told: see ``newsletter.leaving._take_in``
        :return: the leavings
        """
        leavings = self.env["newsletter.leaving"]
        company, mailing_list = coupling.company_id, coupling.mailing_list_id
        if coupling.connection_id._leaving_reaches_account():
            return leavings._take_in(told, company, "tool", "everything")
        return leavings._take_in(told, company, "tool", "list", mailing_list)


class NewsletterRecipient(models.AbstractModel):
    _inherit = "newsletter.recipient"

    @api.model_create_multi
    def create(self, vals_list):
        records = super().create(vals_list)
        records._newsletter_read_markers(vals_list)
        return records

    def write(self, vals):
        result = super().write(vals)
        if self._newsletter_email_field() in vals:
            self._newsletter_read_markers([vals])
        return result

    def _newsletter_read_markers(self, vals_list):
        """“[NO MAILING]” in an address, as older systems write it, is an opt-out of
        this address (B23)."""
        name = self._newsletter_email_field()
        # cheap, for every save of a contact passes here
        if any(may_be_marked(vals.get(name)) for vals in vals_list):
            self._newsletter_take_markers()

    def _newsletter_take_markers(self):
        """Those of the records that are marked have left with their address."""
        name = self._newsletter_email_field()
        addresses = (parse(record[name]) for record in self)
        marked = [each.email for each in addresses if each.problem == "no_mailing"]
        self.env["newsletter.leaving"]._take_in(
            {email: {} for email in marked if email},
            self.env.company,
            "import",
            "address",
        )
