"""Which recipient of the tool a member is, where the id says one and the address two.

Somebody changes their address in the tool, and somebody else signs up there with the
former one: the recipient with the member's id and the recipient with its address are
two people. The id counts (design rule 1), above all for who is leaving: else the wrong
recipient would be signed off, and the right one be met as a stranger.
"""

from odoo import models
from odoo.tools import SQL

from .newsletter_same_recipient import STATUSES_LEFT, is_one, leaves


class NewsletterReconcile(models.AbstractModel):
    _inherit = "newsletter.reconcile"

    def _apart(self, run, coupling, rows, members, fetched, known):
        """The candidates that have a member's address and are somebody else.

        The comparison has paired whoever lost their id; who has another id still is
        another person. Only a leaving is taken over all the same, because whoever has
        the address must not be mailed: unless the member is leaving by itself, which
        would be lost.

        They stay out of Odoo until a comparison of the whole list finds the address
        free, and are told of. What keeps the address from being mailed holds for them
        all the same, see ``_heed_apart``.

        :param rows: candidates; ``members`` and ``fetched`` are theirs by id
        :param known: {address: member row}
        :return: {id of a candidate: (stage row, member row)}
        """
        others = {}
        for row in rows:
            met = fetched.get(row.fetched_id)
            member = known.get(met.email) if met else None
            if member and row.member_id not in members and not is_one(met, member):
                others[row.id] = (met, member)
        leaving = self._leaving(
            coupling,
            [
                member.id
                for met, member in others.values()
                if met.status in STATUSES_LEFT
            ],
        )
        apart = {
            row_id: (met, member)
            for row_id, (met, member) in others.items()
            if met.status not in STATUSES_LEFT
            or member.local_status in STATUSES_LEFT
            or member.id in leaving
        }
        self._log_address_taken(run, list(apart.values()))
        return apart

    def _leaving(self, coupling, ids):
        """Those of the members with these ids who left and are in the tool still."""
        if not ids:
            return set()
        found = self.env.execute_query(
            SQL(
                "SELECT id FROM newsletter_member member WHERE id = ANY(%s) AND %s",
                ids,
                leaves(coupling),
            )
        )
        return {member_id for (member_id,) in found}

    def _log_address_taken(self, run, pairs):
        """Warn of recipients who have a member's address."""
        self._log_once(
            run,
            "address_taken",
            "warning",
            pairs,
            lambda met, member: self.env._(
                "In the tool %(email)s is the address of recipient %(other)s. This "
                "member is another recipient, %(own)s, so the two are kept apart. "
                "The other one is taken in as soon as a comparison of the whole "
                "list finds the address free here. Check which address this member "
                "has in the tool.",
                email=met.email,
                other=met.remote_id,
                own=member.remote_id,
            ),
        )

    def _log_once(self, run, code, level, pairs, text):
        """Tell of recipients who are kept apart; once, not at every fetch.

        :param pairs: (stage row, member row)
        :param text: what is told, of such a pair
        """
        if not pairs:
            return
        events = self.env["newsletter.event"]
        members = self.env["newsletter.member"]
        # sudo: what was told was told, whoever may read it
        told = events.sudo().search(
            [
                ("code", "=", code),
                ("member_id", "in", [member.id for _met, member in pairs]),
            ]
        )
        known = {(event.member_id.id, event.new_value) for event in told}
        events._log_many(
            {
                "code": code,
                "level": level,
                "run": run,
                "member": members.browse(member.id),
                "old_value": member.remote_id,
                "new_value": met.remote_id,
                "text": text(met, member),
            }
            for met, member in pairs
            if (member.id, met.remote_id) not in known
        )
