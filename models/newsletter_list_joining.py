"""People put on a coupled list set-wise get the task of a new one, too (C22)."""

from odoo import api, fields, models
from odoo.tools import SQL


class NewsletterListPeople(models.AbstractModel):
    _inherit = "newsletter.list.people"

    @api.model
    def _give_tasks(self, mailing_list):
        """Remember those who were just put on the list as members of its couplings.

        Their tasks are set by a run, in slices; who may not be transmitted has none,
        and the run says why.

        :return: the runs
        """
        at = fields.Datetime.now()
        runs = self.env["newsletter.run"].sudo()
        # sudo: members are written by code only, of couplings of all companies
        for coupling in mailing_list.sudo().newsletter_coupling_ids:
            if coupling.state == "ended" or coupling.direction == "to_odoo":
                continue
            if first := self._remember_put(coupling, at):
                domain = [
                    ["local_status", "=", "subscribed"],
                    ["local_status_at", "=", fields.Datetime.to_string(at)],
                ]
                runs |= runs._queue_joining(coupling, domain, first - 1)
        return runs

    def _remember_put(self, coupling, at):
        """Members of those who were put on the list; the lowest id, None of nobody."""
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """
                WITH remembered AS (
                    INSERT INTO newsletter_member (
                        coupling_id, connection_id, company_id, email, name, active,
                        contact_id, local_status, local_status_at, local_status_by,
                        result, create_uid, create_date, write_uid, write_date)
                    SELECT %(coupling)s, %(connection)s, %(company)s, said.email,
                           COALESCE(NULLIF(said.name, ''), said.email), TRUE,
                           said.contact_id, 'subscribed', %(at)s, %(user)s,
                           'not_in_tool', %(uid)s, %(at)s, %(uid)s, %(at)s
                      FROM newsletter_joining said WHERE said.what = 'put'
                     ORDER BY said.email
                    ON CONFLICT (coupling_id, email) WHERE active DO UPDATE
                       SET local_status = excluded.local_status,
                           local_status_at = excluded.local_status_at,
                           local_status_by = excluded.local_status_by,
                           contact_id = excluded.contact_id,
                           write_uid = excluded.write_uid,
                           write_date = excluded.write_date
                    RETURNING id
                )
                SELECT min(id) FROM remembered
                """,
                coupling=coupling.id,
                connection=coupling.connection_id.id,
                company=coupling.company_id.id,
                user=self.env.user.name,
                uid=self.env.uid,
                at=at,
            )
        )
        (first,) = self.env.cr.fetchone()
        self.env["newsletter.member"].invalidate_model()
        return first
