"""Whether the tool asks whoever joins (P04), told in the same words everywhere.

The rules are those of ``sync.opt_in``; here the mirror of the tool's lists and opt-in
processes says what is known of the mode.
"""

from odoo import api, fields, models
from odoo.tools.translate import LazyTranslate

from ..sync.opt_in import Joining, OptIn, joining_task, joins, opt_in
from ..sync.reconcile_records import Task

_lt = LazyTranslate(__name__)

#: what the tool tells of its list, in words
MODES = {
    "single": _lt("Single opt-in"),
    "confirmed": _lt("Confirmed opt-in"),
    "double": _lt("Double opt-in"),
}
#: what becomes of somebody who joins, in a clerk's words
TEXTS = {
    Joining.AT_ONCE: _lt(
        "%(tool)s subscribes them at once, without asking; no mail goes out."
    ),
    Joining.ASKED: _lt(
        "%(tool)s runs its own double opt-in: a mail with a link to confirm goes out "
        "to the person, who is “pending” until the click."
    ),
    Joining.LIST_DECIDES: _lt(
        "Whether a mail goes out is a setting of the list that %(tool)s does not tell. "
        "With double opt-in the person gets a mail with a link to confirm and is "
        "“pending” until the click; without it nobody is asked, and nobody is taken in."
    ),
    Joining.NOBODY_ASKED: _lt(
        "%(tool)s asks nobody here (single opt-in): who has a consent is subscribed at "
        "once, and no mail goes out. Nobody else is taken in."
    ),
}


class NewsletterRemoteList(models.Model):
    _inherit = "newsletter.remote.list"

    def _opt_in(self, process=None):
        """How the tool asks on this list, as ``sync.opt_in`` says it.

        :param process: the opt-in process of the coupling, where the tool has some
        """
        can = self.connection_id._connector_class().capabilities
        of_process = process.opt_in if process else ""
        return opt_in(can, self.opt_in or "", of_process or "")

    def _joining(self, task, process=None):
        """What a task of joining does with somebody here."""
        of_process = process.opt_in if process else ""
        return joins(Task(task), self._opt_in(process), of_process or "")

    def _explain_opt_in(self, task, process=None):
        """What happens to somebody who is brought to the list, for a clerk."""
        self.ensure_one()
        tool = self.connection_id._connector_class().label
        return self._explain_joining(self._joining(task, process), tool)

    @api.model
    def _explain_joining(self, joining, tool):
        """The sentence for what becomes of somebody who joins.

        :param joining: a ``Joining``, or its value
        """
        text = TEXTS[Joining(joining)]
        sentence = self.env._(text)
        return sentence % {"tool": tool}


class NewsletterCoupling(models.Model):
    _inherit = "newsletter.coupling"

    opt_in = fields.Char(compute="_compute_opt_in", string="Mode of the List")

    @api.depends("remote_list_id.opt_in", "connection_id.provider")
    @api.depends_context("lang")
    def _compute_opt_in(self):
        for coupling in self:
            told = coupling.remote_list_id.opt_in
            if told in MODES:
                coupling.opt_in = self.env._(MODES[told])
            elif not told and coupling._opt_in() is OptIn.UNKNOWN:
                coupling.opt_in = self.env._("The tool does not tell it")
            else:
                coupling.opt_in = told

    def _opt_in(self):
        """How the tool asks on the coupled list."""
        return self.remote_list_id._opt_in(self.opt_in_process_id)

    def _joining(self, task):
        """What becomes of somebody who joins by a task, None if nobody does."""
        if task not in ("transmit", "signup"):
            return None
        return self.remote_list_id._joining(task, self.opt_in_process_id)

    def _explain_opt_in(self, task):
        """What a task of joining does on the coupled list, for a clerk."""
        return self.remote_list_id._explain_opt_in(task, self.opt_in_process_id)

    def _joining_task(self):
        """The task by which people join: where nobody is asked, they are subscribed."""
        return joining_task(Task(self.join), self._opt_in()).value


class NewsletterTransmit(models.AbstractModel):
    _inherit = "newsletter.transmit"

    @api.model
    def _begin_plan(self, run, members):
        """Who was to be asked, by a list that asks nobody any more, is subscribed if
        there is a consent, as the dry run then shows.

        A reason that somebody gave was one for asking a person who had left, and none
        for subscribing them: that is decided anew.
        """
        if run.coupling_id._opt_in() is OptIn.SINGLE:
            waiting = self.env["newsletter.member"].search(
                [("coupling_id", "=", run.coupling_id.id), ("task", "=", "signup")]
            )
            reasoned = waiting.filtered("task_reason")
            reasoned.write({"outdated": True})
            (waiting - reasoned).write({"task": "transmit"})
        return super()._begin_plan(run, members)
