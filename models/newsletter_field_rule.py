"""What somebody said once for all about a field that differs."""

from psycopg2.extras import Json

from odoo import api, fields, models
from odoo.tools import SQL


class NewsletterFieldRule(models.Model):
    """Who wins for one field of one coupling; it goes before the field mapping's rule.

    Made by "always do so" in the conflict wizard, seen on the coupling, and taken back
    by deleting it there: then the field mapping decides again.
    """

    _name = "newsletter.field.rule"
    _description = "Remembered Rule for a Field"
    _order = "coupling_id, mapping_id"
    _rec_name = "mapping_id"
    _check_company_auto = True

    coupling_id = fields.Many2one(
        "newsletter.coupling",
        required=True,
        ondelete="cascade",
        index=True,
        check_company=True,
    )
    company_id = fields.Many2one(related="coupling_id.company_id", store=True)
    connection_id = fields.Many2one(related="coupling_id.connection_id")
    mapping_id = fields.Many2one(
        "newsletter.field.mapping",
        string="Field",
        required=True,
        ondelete="cascade",
        index=True,
        check_company=True,
        domain="[('connection_id', '=', connection_id)]",
    )
    rule = fields.Selection(
        [
            ("ask", "Ask"),
            ("odoo", "Odoo wins"),
            ("tool", "Newsletter tool wins"),
            ("newer", "Newer wins"),
        ],
        required=True,
    )
    # sets itself when the rule is made; who changed it stands in the event log
    user_id = fields.Many2one(
        "res.users",
        string="Said by",
        default=lambda self: self.env.user,
        readonly=True,
    )

    _once = models.UniqueIndex(
        "(coupling_id, mapping_id)", "There is a rule for this field already."
    )

    @api.model
    def _say(self, coupling, rules):
        """Remember rules for fields of a coupling.

        :param rules: {mapping id: rule}
        """
        known = {rule.mapping_id.id: rule for rule in coupling.field_rule_ids}
        new = []
        for mapping_id, rule in rules.items():
            if mapping_id in known:
                known[mapping_id].write({"rule": rule, "user_id": self.env.uid})
            else:
                new.append(
                    {
                        "coupling_id": coupling.id,
                        "mapping_id": mapping_id,
                        "rule": rule,
                    }
                )
        self.create(new)

    # Each change is a question anew for those who differ in the field.
    @api.model_create_multi
    def create(self, vals_list):
        rules = super().create(vals_list)
        rules._ask_anew("field_rule_set")
        return rules

    def write(self, vals):
        result = super().write(vals)
        self._ask_anew("field_rule_set")
        return result

    def unlink(self):
        self._ask_anew("field_rule_removed")
        return super().unlink()

    def _note_those_in_conflict(self):
        """Let the next comparison look at them, within a minute."""
        self.ensure_one()
        self.env["newsletter.member"].flush_model()
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO newsletter_change (coupling_id, res_model, res_id)
                SELECT coupling_id, 'newsletter.member', id
                  FROM newsletter_member
                 WHERE coupling_id = %s AND active AND result = 'conflict'
                   AND questions @> %s
                """,
                self.coupling_id.id,
                Json([{"field": str(self.mapping_id.id)}]),
            )
        )
        # sudo: whoever sets a rule may wake the scheduler
        self.env.ref("newsletter_sync.cron_changes").sudo()._trigger()

    def _ask_anew(self, code):
        """Log it, and let the next comparison look at who is in conflict there."""
        words = dict(self._fields["rule"]._description_selection(self.env))
        rows = []
        for rule in self:
            rule._note_those_in_conflict()
            removed = code == "field_rule_removed"
            text = (
                self.env._("The remembered rule for “%(field)s” was taken back.")
                if removed
                else self.env._(
                    "From now on “%(field)s” is decided by a rule: %(rule)s."
                )
            )
            rows.append(
                {
                    "code": code,
                    "coupling": rule.coupling_id,
                    "record": rule.coupling_id,
                    "text": text
                    % {"field": rule.mapping_id.label, "rule": words[rule.rule]},
                    "rule": rule.rule,
                }
            )
        self.env["newsletter.event"]._log_many(rows)


class NewsletterCoupling(models.Model):
    _inherit = "newsletter.coupling"

    field_rule_ids = fields.One2many(
        "newsletter.field.rule", "coupling_id", string="Remembered Rules"
    )

    def _remembered_rules(self):
        """{mapping id: rule} that go before the rules of the field mapping."""
        # sudo: rules hold for whoever compares
        return {rule.mapping_id.id: rule.rule for rule in self.sudo().field_rule_ids}
