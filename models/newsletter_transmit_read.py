"""What a transmission reads of its people, a whole batch at a time.

A batch is a few thousand of maybe a million. Left to itself the planner reads the
whole table for so many of them, once a batch, and the transmission of a list grows with
its square. So people are looked up by their ids, line by line.
"""

from odoo import api, models
from odoo.tools import SQL

from .newsletter_transmit_row import KIND, LEFT, SENDS, WANTED, Row


class NewsletterTransmit(models.AbstractModel):
    _inherit = "newsletter.transmit"

    @api.model
    def _waiting(self, run, task, came_back, after, limit):
        """The next lines of a task as (id, id of the member, tries so far), in order.

        :param came_back: whether the tool holds them as people who left; None: all
        """
        self.env.cr.execute(
            SQL(
                """
                SELECT id, member_id, COALESCE(tries, 0) FROM newsletter_run_line
                 WHERE run_id = %s AND result = 'waiting' AND plan = %s AND id > %s
                   AND (%s OR (COALESCE(remote_status, '') IN %s) = %s)
                 ORDER BY id LIMIT %s
                """,
                *(run.id, task, after, came_back is None, LEFT, bool(came_back)),
                limit,
            )
        )
        return self.env.cr.fetchall()

    @api.model
    def _rows(self, line_ids):
        """What is known of lines and their members now, as plain rows.

        ``gone`` says why a line does not fit its member any more, if it does not.
        """
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """
                SELECT line.id, line.member_id, line.plan, line.email, line.new_email,
                       line.remote_id, line.remote_status, line.values,
                       COALESCE(line.tries, 0) AS tries, line.result AS kept,
                       COALESCE(line.looks, 0) AS looks,
                       member.base_values, member.remote_values,
                       member.task_by, member.task_at, member.task_reason,
                       (line.decision ->> 'by')::int, line.decision ->> 'reason',
                       %(kind)s AS kind,
                       CASE WHEN member.id IS NULL OR NOT member.active THEN 'gone'
                            WHEN member.task IS NULL THEN 'settled'
                            WHEN member.task <> line.plan OR member.outdated
                                 OR member.email <> line.email
                                 OR line.values IS DISTINCT FROM %(sends)s
                                 OR line.new_email IS DISTINCT FROM %(wanted)s
                            THEN 'changed' END AS gone
                  FROM newsletter_run_line line
                  LEFT JOIN LATERAL (
                           SELECT * FROM newsletter_member known
                            WHERE known.id = line.member_id LIMIT 1
                       ) member ON TRUE
                 WHERE line.id = ANY(%(ids)s)
                 ORDER BY line.id
                """,
                kind=KIND,
                sends=SENDS,
                wanted=WANTED,
                ids=list(line_ids),
            )
        )
        return [Row(row) for row in self.env.cr.fetchall()]
