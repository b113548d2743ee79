"""Carrying mails out: one, a selection, or by itself."""

import psycopg2

from odoo import models
from odoo.exceptions import AccessError, UserError

from ..connectors.masked_log import get_logger

_logger = get_logger(__name__)


class NewsletterCase(models.Model):
    _inherit = "newsletter.case"

    def action_carry_out(self):
        """Carry out the ticked steps of these mails; one that fails stops no other."""
        due = self.filtered(lambda case: case.state == "open")
        if not due:
            raise UserError(self.env._("None of these mails is open."))
        settled = due.filtered(lambda case: case._carry_out())
        failed = due - settled
        if len(due) == 1 and failed:
            raise UserError(failed.problem)
        message = (
            self.env._("%s mails carried out.", len(settled))
            if len(due) > 1
            else self.env._("Carried out: %s", settled.proposal or settled.name)
        )
        if failed:
            message += "\n" + self.env._("%s not, each says why.", len(failed))
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "message": message,
                "type": "warning" if failed else "success",
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    def _carry_out(self):
        """Settle one mail, all or nothing.

        :return: whether it is settled; if not, ``problem`` says why
        """
        self.ensure_one()
        problem = ""
        try:
            with self.env.cr.savepoint():
                self.step_ids._carry_out()
        except (UserError, AccessError) as error:
            problem = str(error)
        if problem:
            # sudo: the explanation is no field to type in
            self.sudo().problem = problem
            return False
        done = self.step_ids.filtered(lambda step: step.state in ("done", "waiting"))
        self._close("done" if done else "nothing")
        self.env["newsletter.event"]._log(
            "case_done",
            record=self,
            company_id=self.company_id.id,
            text=self.env._(
                "Mail “%(subject)s”: %(steps)s",
                subject=self.name,
                steps=self.proposal or self.env._("nothing to do"),
            ),
        )
        return True

    def _settle_by_itself(self):
        """What the mailbox allows without a person; a failure leaves the mail open."""
        self.ensure_one()
        if not self.mailbox_id._acts_by_itself(self):
            return
        try:
            with self.env.cr.savepoint():
                if self._carry_out():
                    self.by_itself = True
        except psycopg2.OperationalError:
            raise
        except Exception:
            _logger.exception("newsletter mail %s could not be settled", self.id)
            self.problem = self.env._(
                "It could not be carried out by itself; the server's log names the "
                "error."
            )
