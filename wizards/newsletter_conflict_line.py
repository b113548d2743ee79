"""What a decision is about: a line for each field that differs, one for each task."""

from odoo import api, fields, models
from odoo.tools import format_datetime

#: answers that can be remembered as the rule of a field
RULES = ("odoo", "tool")


class NewsletterConflictLine(models.TransientModel):
    """One field that differs, of one person or of many."""

    _name = "newsletter.conflict.line"
    _description = "Difference to Be Decided"
    _order = "id"

    wizard_id = fields.Many2one(
        "newsletter.conflict", required=True, ondelete="cascade"
    )
    field = fields.Char(string="Key", readonly=True)
    label = fields.Char(string="Field", readonly=True)
    people = fields.Integer(readonly=True)
    odoo = fields.Char(string="In Odoo", readonly=True)
    odoo_origin = fields.Char(string="Changed in Odoo", readonly=True)
    tool = fields.Char(string="In the Tool", readonly=True)
    tool_origin = fields.Char(string="Seen in the Tool", readonly=True)
    choice = fields.Selection(
        [
            ("odoo", "Take Odoo's"),
            ("tool", "Take the Tool's"),
            ("accept", "Accept the Difference"),
            ("own", "Own Value"),
        ],
        string="Decision",
    )
    own = fields.Char(string="Own Value")
    always = fields.Boolean(
        help="Remember it as the rule of this field for this list. You can take it "
        "back on the coupling.",
    )

    @api.model
    def _made_for(self, domain, count):
        """One line for each field that differs: both values, or how many people."""
        members = self.env["newsletter.member"]
        query = members._search(domain)
        self.env.cr.execute(members._sql_questions(query))
        found = self.env.cr.dictfetchall()
        labels = members._question_labels({row["field"] for row in found})
        order = {"status": 0, "email": 1}
        found.sort(key=lambda row: (order.get(row["field"], 2), row["field"]))
        member = members.search(domain) if count == 1 else members
        return [
            {
                "field": row["field"],
                "label": labels[row["field"]],
                "people": row["people"],
                "odoo": self._example(row, "odoo"),
                "tool": self._example(row, "tool"),
                **self._origins(member, row["field"]),
            }
            for row in found
        ]

    def _example(self, row, side):
        """The value of the one person, or some of those of many."""
        shown = self.env["newsletter.member"]._shown
        values = [shown(row["field"], value) for value in row[side]]
        more = "…" if row["people"] > len(row[side]) else ""
        return ", ".join(dict.fromkeys(values)) + more

    def _origins(self, member, field):
        """Who said it and when, as far as it is known."""
        if not member:
            return {}
        record = member.partner_id or member.lead_id or member.contact_id
        if field == "status":
            here = (member.local_status_at, member.local_status_by)
            there = (member.remote_status_at, member.reason)
        else:
            # sudo: a name beside a value, for whoever decides about it
            here = (record.write_date, record.sudo().write_uid.name)
            there = (member.coupling_id.fetched_at, False)
        return {
            "odoo_origin": self._said_by(*here),
            "tool_origin": self._said_by(*there),
        }

    def _said_by(self, at, by):
        when = format_datetime(self.env, at, dt_format="short") if at else ""
        parts = [when, by or ""]
        return ", ".join(part for part in parts if part)

    def _rule(self):
        """The rule to be remembered, False if none: only plain fields have one.

        Who is on the list is never decided by a habit, nor is an address.
        """
        self.ensure_one()
        plain = bool(self.field) and self.field.isdigit()
        return plain and self.always and self.choice in RULES and self.choice


class NewsletterConflictOffer(models.TransientModel):
    """One task that makes sense, with what a clerk must know before."""

    _name = "newsletter.conflict.offer"
    _description = "Task to Be Chosen"
    _order = "sequence, id"

    wizard_id = fields.Many2one(
        "newsletter.conflict", required=True, ondelete="cascade"
    )
    sequence = fields.Integer()
    task = fields.Char(required=True)
    name = fields.Char(required=True)
