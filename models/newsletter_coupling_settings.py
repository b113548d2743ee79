"""What somebody has set at a coupling, taken along when its list is chosen anew."""

from odoo import models

#: What belongs to the two lists that are joined and not to how they are kept equal.
#: Any other field that can be edited is taken along, so that none is forgotten.
OF_THE_PAIR = {
    *("active", "state", "remote_list_id", "mailing_list_id"),
    # what somebody vouches for, about one list of the tool
    "mailed_regularly",
}


class NewsletterCoupling(models.Model):
    _inherit = "newsletter.coupling"

    def _setting_names(self):
        """Names of the stored fields that a person may edit, but for the pair's."""
        return [
            name
            for name, field in self._fields.items()
            if field.column_type
            and field.store
            and not field.readonly
            and name not in models.MAGIC_COLUMNS
            and name not in OF_THE_PAIR
        ]

    def _settings(self):
        """The settings as values to be written."""
        self.ensure_one()
        names = self._setting_names()
        (values,) = self.read(names, load=None)
        return {name: values[name] for name in names}

    def _take_over(self, other):
        """Have the field mapping and the remembered rules of another coupling.

        Whatever this coupling holds of its own, from an earlier life, goes.
        """
        self.ensure_one()
        # sudo: rows of the mapping are an administrator's; here none is invented, and
        # without them fields would travel that were kept back
        rows = self.env["newsletter.field.mapping"].sudo()
        rows = rows.with_context(active_test=False)
        theirs = rows.search([("coupling_id", "=", other.id)])
        mine = rows.search([("coupling_id", "=", self.id)])._replace(
            [row.copy_data()[0] for row in theirs], coupling_id=self.id
        )
        taken = dict(zip(theirs.ids, mine.ids, strict=True))
        self.field_rule_ids.unlink()
        self.env["newsletter.field.rule"].create(
            [
                {
                    "coupling_id": self.id,
                    "mapping_id": taken.get(rule.mapping_id.id, rule.mapping_id.id),
                    "rule": rule.rule,
                    "user_id": rule.user_id.id,
                }
                for rule in other.field_rule_ids
            ]
        )
