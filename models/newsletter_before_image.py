"""What stood in Odoo before a run changed it, so that a person can bring it back."""

from odoo import api, fields, models


class NewsletterBeforeImage(models.Model):
    """One record that a run has changed, with the former values of what it changed.

    Written by the engine in the same transaction as the change itself, only for fields
    that are changed. Records that a run has made are named by its members
    (``newsletter.member.added_run``).
    """

    _name = "newsletter.before.image"
    _description = "Newsletter Before-Image"
    _log_access = False
    _order = "id"

    run_id = fields.Many2one(
        "newsletter.run", required=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(related="run_id.company_id", store=True)
    # a plain number: the member may go, what was changed stays
    member_id = fields.Integer()
    res_model = fields.Char(required=True)
    res_id = fields.Integer(required=True)
    # {field: value}, times as ISO text
    values = fields.Json(required=True)
    # the same after the run: whatever is another now was changed by somebody else
    after = fields.Json()
    undone = fields.Boolean()

    @api.model
    def _plain(self, value):
        """A field's value as JSON holds it."""
        if hasattr(value, "isoformat"):
            return value.isoformat()
        return value.ids if isinstance(value, models.BaseModel) else value

    @api.model
    def _now(self, record, names):
        """What stands there now."""
        return {name: self._plain(record[name]) for name in names}

    @api.model
    def _keep(self, run, cases):
        """Write down what the cases noted before it was changed."""
        noted = {}
        for case in cases:
            for model, id_ in case.before:
                noted.setdefault(model, []).append(id_)
        # what was written by SQL is read again, once for all of them
        records = {
            (model, record.id): record
            for model, ids in noted.items()
            for record in self.env[model].browse(ids)
        }
        self.env["newsletter.set.wise"]._insert(
            self._name,
            [
                {
                    "run_id": run.id,
                    "company_id": run.company_id.id,
                    "member_id": case.member.id or None,
                    "res_model": model,
                    "res_id": id_,
                    "values": values,
                    "after": self._now(records[model, id_], values),
                }
                for case in cases
                for (model, id_), values in case.before.items()
            ],
        )
