"""Two members who are one person: merged as a change of address (O03, O05).

Where neither the recipient's id nor the address told that somebody is the same, a
comparison leaves two members: one who is "not in the tool", one who is new. A person
says that they are one, and which address is right.
"""

from odoo import fields, models
from odoo.exceptions import UserError

from .newsletter_deletion import ANSWER
from .newsletter_same_recipient import STATUSES_LEFT

#: what ``added`` says of members whose mailing contact a comparison has made
_CREATED = ("contact", "mailing_contact")


class NewsletterMember(models.Model):
    _inherit = "newsletter.member"

    def action_merge_addresses(self):
        """Open the dialog for two members, or for one who looks for the other."""
        self.check_access("write")
        if len(self) > 2 or len(self.coupling_id) > 1:
            raise UserError(
                self.env._("Select one or two members of the same coupling.")
            )
        member = self._whose_contact_stays() if len(self) == 2 else self
        wizard = self.env["newsletter.identity.merge"].create(
            {
                "member_id": member.id,
                "other_id": (self - member or member._twin()).id,
            }
        )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Merge as Address Change"),
            "res_model": wizard._name,
            "res_id": wizard.id,
            "views": [(False, "form")],
            "target": "new",
        }

    def action_choose_contact(self):
        """Open the dialog that says whose contact the member is (F13)."""
        self.ensure_one()
        self.check_access("write")
        wizard = self.env["newsletter.identity.choice"].create({"member_id": self.id})
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("This Is Somebody Else"),
            "res_model": wizard._name,
            "res_id": wizard.id,
            "views": [(False, "form")],
            "target": "new",
        }

    def _twin(self):
        """Somebody of the list with the same name who is on the other side only."""
        self.ensure_one()
        there = bool(self.remote_status)
        twins = self.search(
            [
                ("coupling_id", "=", self.coupling_id.id),
                ("id", "!=", self.id),
                ("name", "=ilike", (self.name or "-").replace("%", r"\%")),
                ("remote_status", "=" if there else "!=", False),
            ],
            limit=2,
        )
        return twins if len(twins) == 1 else self.browse()

    def _whose_contact_stays(self):
        """Who was known before a comparison met the other."""
        return self.sorted(lambda m: (bool(m.added), not m.partner_id, m.id))[:1]

    def _tool_recipient(self, email):
        """The member whose recipient in the tool stays: who is there; of two the one
        with the right address."""
        there = self.filtered("remote_status")
        if len(there) == 2:
            there = there.filtered(lambda member: member.email == email)
        return there

    def _merge_as_address_change(self, email):
        """Make one member of two; nobody's consent goes along to another address.

        The tool's recipient stays, with history, tags and statistics, and so does the
        contact that was known first. Where the tool has the former address, the next
        transmission changes it, if the new one has a consent.

        :param email: which of both addresses is right
        :return: the member that stays
        :raises UserError: they cannot be one person
        """
        self._check_may_be_merged(email)
        person = self._whose_contact_stays()
        double = self - person
        told = self._tool_recipient(email)
        other = self - told
        # sudo: members and readers are the engine's; a contact is written as the user
        engine = self.sudo()
        coupling = told.coupling_id.sudo()
        with self.env["newsletter.change"]._quiet(coupling):
            person._take_address(email)
            contacts = [member.sudo().contact_id for member in (person, double)]
            leavings = self._leavings(email)
            objection = self._objection()
            contact = (
                contacts[0] or contacts[1] or self._reader_who_left(leavings, email)
            )
            records = {
                "partner_id": (person.partner_id or double._own_partner()).id,
                "contact_id": contact.id,
                "lead_id": person.lead_id.id,
            }
            left_over = contacts[1] - contact
            contact._newsletter_stay_away(leavings, coupling.mailing_list_id)
            created = double._created_partner()
            made_for_it = double.added in _CREATED
            both_there = bool(other.remote_status)
            engine.write({"partner_id": False, "contact_id": False, "lead_id": False})
            engine.browse(told.id).write(
                {**records, **told._met_again(person), **told._left_by_hand(leavings)}
            )
            left_over._newsletter_leave_for_good(coupling, delete=made_for_it)
            if created and created.id != records["partner_id"]:
                created.active = False
            if not both_there:
                engine.browse(other.id).write({"active": False, "task": False})
        if both_there:
            other._take_off("unsubscribe", "merged")
        if objection:
            self.env["newsletter.leaving"]._leave(
                [email], coupling.company_id, **objection
            )
        self._log_merged(told, other, email)
        self.env["newsletter.change"]._note(told)
        return told

    def _check_may_be_merged(self, email):
        self.check_access("write")
        if len(self) != 2 or len(self.coupling_id) != 1:
            raise UserError(self.env._("Choose two members of the same coupling."))
        if email not in self.mapped("email"):
            raise UserError(self.env._("Choose which of both addresses is right."))
        if not self.filtered("remote_status"):
            raise UserError(
                self.env._(
                    "Neither of them is in the newsletter tool. Change the address at "
                    "the contact, and take the other member off the list."
                )
            )
        if self.filtered("in_flight_run_id"):
            raise UserError(
                self.env._(
                    "A transmission is speaking of them just now. Try again when it is "
                    "done."
                )
            )

    def _take_address(self, email):
        """The contact that stays gets the right address; as the user who says so."""
        self.ensure_one()
        owner = self.partner_id or self.lead_id
        if owner and owner.email_normalized != email:
            owner[owner._newsletter_email_field()] = email
        # sudo: see _merge_as_address_change
        contact = self.sudo().contact_id
        if contact and contact.email_normalized != email:
            contact.email = email

    def _leavings(self, email):
        """{mailing list: when the person left it last, by whichever of the addresses}

        Of all lists, for on all of them the contact that stays gets the right address.
        Who agreed by that address after having left is left out: they came back. The
        list of a coupling without one is the empty record.

        :param email: the right address
        """
        # sudo: readers are the engine's; whoever merges may not see them
        members = self.sudo()
        coupling = members.coupling_id
        left_at = {}
        for row in members.contact_id.subscription_ids.filtered("opt_out"):
            left_at.setdefault(row.list_id, []).append(row.opt_out_datetime)
        told = [(each.remote_status, each.remote_status_at) for each in members]
        if not coupling.mailing_list_id:
            told += [(each.local_status, each.local_status_at) for each in members]
        if times := [at for status, at in told if status in STATUSES_LEFT]:
            left_at.setdefault(coupling.mailing_list_id, []).extend(times)
        found = {}
        for place, times in left_at.items():
            # an unknown time proves nothing, so nobody is known to be back since
            known = all(times)
            found[place] = max(times) if known else fields.Datetime.now()
            if known and any(
                proof > found[place] for proof in members._proofs(email, place)
            ):
                del found[place]
        return found

    def _proofs(self, email, place):
        """When the person agreed to a list by this address, here and at the tool."""
        state, at = self.env["newsletter.consent"]._effective(
            [email], self.coupling_id.company_id, place
        )[email]
        if state == "confirmed" and at:
            yield at
        if place == self.coupling_id.mailing_list_id:
            yield from filter(
                None,
                self.filtered(lambda member: member.email == email).mapped("opt_in_at"),
            )

    def _reader_who_left(self, leavings, email):
        """A mailing contact that says who left the coupled list, where neither member
        has one; without it nothing in Odoo would."""
        # sudo: see _merge_as_address_change
        members = self.sudo().with_context(newsletter_leaving=True)
        place = members.coupling_id.mailing_list_id
        if not place or place not in leavings:
            return members.contact_id
        members.env["newsletter.leaving"]._create_readers(
            {email: {"at": leavings[place]}}, place
        )
        return (
            members.env["mailing.subscription"]
            .search(
                [
                    ("list_id", "=", place.id),
                    ("contact_id.email_normalized", "=", email),
                ],
                limit=1,
            )
            .contact_id
        )

    def _left_by_hand(self, leavings):
        """Without a list in Odoo the member itself says who has left."""
        coupling = self.coupling_id
        if coupling.mailing_list_id or coupling.mailing_list_id not in leavings:
            return {}
        return {
            "local_status": "unsubscribed",
            "local_status_at": leavings[coupling.mailing_list_id],
        }

    def _objection(self):
        """Who objected to all marketing did so by every address of theirs.

        :return: channel, at and note for ``_leave``; {} if nobody objected
        """
        # sudo: whoever merges may not see what is remembered of leavings
        members = self.sudo()
        note = self.env._(
            "Merged: %s are one person.", " / ".join(self.mapped("email"))
        )
        standing = members.env["newsletter.leaving"].search(
            [
                ("email", "in", self.mapped("email")),
                ("company_id", "in", self.company_id.ids),
                ("scope", "=", "everything"),
                ("lifted_at", "=", False),
            ]
        )
        last = (standing - standing._over())[:1]
        if last:
            return {"channel": last.channel, "at": last.date, "note": note}
        if any(members.partner_id.mapped("no_marketing_email")):
            return {"channel": "staff", "note": note}
        return {}

    def _own_partner(self):
        """The contact, unless a comparison has created it."""
        return self.partner_id - self._created_partner()

    def _created_partner(self):
        """The contact that a comparison has created, if nobody logs in with it."""
        if self.added != "contact":
            return self.partner_id.browse()
        # sudo: the engine created it, whoever may write contacts
        return self.partner_id.sudo().filtered(lambda partner: not partner.user_ids)

    def _met_again(self, person):
        """The memory of a recipient who turns out to be somebody else's."""
        self.ensure_one()
        if person == self:
            return {"synced_at": False}
        return {
            "name": person.name,
            "remote_values": self.remote_values or self.base_values,
            # what this person and the tool agreed on last, if they ever met
            "base_values": person.base_values,
            "base_digest": False,
            "local_values": False,
            "local_status": person.local_status,
            "local_status_at": person.local_status_at,
            "local_status_by": person.local_status_by,
            "added": False,
            "added_run": False,
            "synced_at": False,
        }

    def _log_merged(self, told, other, email):
        self.env["newsletter.event"]._log(
            "merged",
            member=told,
            record=told.partner_id or told.lead_id or told.contact_id,
            old_value=told.email,
            new_value=email,
            text=self.env._(
                "%(one)s and %(other)s are one person. The right address is %(email)s.",
                one=told.email,
                other=other.email,
                email=email,
            ),
        )


class MailingContact(models.Model):
    _inherit = "mailing.contact"

    def _newsletter_stay_away(self, leavings, coupled):
        """Of two contacts that become one the strictest status counts.

        :param leavings: {mailing list: when the person left it}
        :param coupled: the list on which somebody who left it stands in any case, so
            that nothing can put them there again unseen
        """
        # what was noted before, with its date, is no news
        rows = self.subscription_ids.with_context(newsletter_leaving=True)
        of_list = {row.list_id: row for row in rows}
        for place, at in leavings.items():
            row = of_list.get(place, rows.browse())
            values = {"opt_out": True, "opt_out_datetime": at}
            if not row and self and place and place == coupled:
                rows.create({"contact_id": self.id, "list_id": place.id, **values})
            elif row and not (row.opt_out and (row.opt_out_datetime or at) >= at):
                row.write(values)

    def _newsletter_leave_for_good(self, coupling, delete):
        """A double leaves the list; who was created for it and is on no other goes."""
        rows = self.subscription_ids
        of_list = rows.filtered(lambda row: row.list_id == coupling.mailing_list_id)
        alone = rows == of_list
        of_list.unlink()
        if delete and alone:
            self.with_context(**{ANSWER: "keep"}).unlink()
