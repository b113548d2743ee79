"""What a decision would set off, told before anybody presses the button."""

from collections import Counter, defaultdict

from odoo import api, models
from odoo.tools import SQL, formatLang
from odoo.tools.translate import LazyTranslate

_lt = LazyTranslate(__name__)

#: the tasks in the order in which they are offered, the gentlest first
ORDER = ("transmit", "update", "signup", "unsubscribe", "delete", "change_address")
#: task -> what the next transmission does at the tool, in a clerk's words; what becomes
#: of whoever joins stands in ``newsletter_opt_in``
TASKS = {
    "update": _lt("Odoo's data replace those in %(tool)s. No mail goes out."),
    "unsubscribe": _lt(
        "They are unsubscribed from this list in %(tool)s; other lists stay. Odoo "
        "sends no mail."
    ),
    "delete": _lt(
        "They are taken off this list in %(tool)s and then disappear here. Odoo "
        "sends no mail."
    ),
    "change_address": _lt("%(tool)s gets the address that Odoo has. No mail goes out."),
}
#: the same where it reaches every list of the account, or loses what is known there
GRAVER = {
    "unsubscribe": _lt(
        "They are unsubscribed from EVERY list of the account in %(tool)s, not only "
        "from this one. Odoo sends no mail."
    ),
    "delete": _lt(
        "They are deleted from EVERY list of the account in %(tool)s, with history "
        "and statistics. This cannot be undone."
    ),
    "change_address": _lt(
        "%(tool)s cannot change an address: it gets a new entry with the address that "
        "Odoo has, and the former entry leaves, with its history and statistics. No "
        "mail goes out."
    ),
}
#: statuses of people whom the tool mails, or may mail again
PRESENT = ("subscribed", "pending", "soft_bounce", "general_bounce")


class NewsletterReview(models.AbstractModel):
    _inherit = "newsletter.review"

    @api.model
    def _task_effect(self, task, graver, tool, joining=None):
        """The sentence for one task, and what becomes of those who join by it."""
        if joining:
            return self.env["newsletter.remote.list"]._explain_joining(joining, tool)
        text = (GRAVER if graver else TASKS).get(task) or TASKS[task]
        sentence = self.env._(text)
        return sentence % {"tool": tool}

    def _foresee(self, members, answer, shown=None):
        """What an answer would do, without doing it.

        :param shown: see ``_apply``
        :return: dict with ``tasks`` {(task, what becomes of who joins by it, or None):
            number}, ``every_list`` (tasks that reach all lists of the account),
            ``local`` (number of people changed in Odoo), ``new_entry`` (tasks that
            replace the recipient), ``needs_reason``, ``refused`` {code: number} and
            ``told`` {task: members}
        """
        found = {
            "tasks": Counter(),
            "every_list": set(),
            "new_entry": set(),
            "local": 0,
            "needs_reason": 0,
            "refused": Counter(),
            "told": defaultdict(self.env["newsletter.member"].browse),
        }
        # sudo: both sides are looked at as a comparison does, nothing is written
        review = self.sudo()
        for coupling in members.coupling_id:
            chosen = members.filtered(
                lambda member, coupling=coupling: member.coupling_id == coupling
            )
            cases = review._open_cases(coupling.sudo(), chosen.sudo(), shown)
            self._foresee_cases(review, coupling.sudo(), cases, answer, found)
        return found

    @api.model
    def _foresee_cases(self, review, coupling, cases, answer, found):
        mappings = self.env["newsletter.field.mapping"]._of_connection(
            coupling.connection_id, coupling
        )
        can = coupling.connection_id._connector_class().capabilities
        for case in cases:
            code = review._resolve(coupling, case, answer, mappings)
            if code and code != "needs_reason":
                found["refused"][code] += 1
                continue
            found["needs_reason"] += case.resolution.needs_reason
            found["local"] += bool(case.resolution.local)
            if decision := case.resolution.decision:
                task = decision.task.value
                found["tasks"][task, coupling._joining(task)] += 1
                found["told"][task] |= found["told"][task].browse(case.member.id)
                if self._reaches_every_list(task, can):
                    found["every_list"].add(task)
                if self._makes_new_entry(task, can):
                    found["new_entry"].add(task)

    @api.model
    def _reaches_every_list(self, task, can):
        """Whether a task goes beyond the list of the coupling."""
        if task == "unsubscribe":
            return can.unsubscribe == "account"
        return task == "delete" and not can.remove_from_list

    @api.model
    def _makes_new_entry(self, task, can):
        """Whether the tool cannot move a recipient: one joins, the other one leaves."""
        return task == "change_address" and not can.change_address

    @api.model
    def _also_concerned(self, people, task):
        """Which lists a task touches that reaches every list of the account.

        Odoo knows those that are coupled, the others can only be pointed out.

        :param people: SQL of the ids of the members concerned, maybe many
        """
        others = self._other_lists(people, task)
        if not others:
            return self.env._("Also concerned: lists that are not coupled with Odoo.")
        return self.env._(
            "Also concerned: %s, and lists that are not coupled with Odoo.",
            ", ".join(f"{name} ({count})" for name, count in others),
        )

    @api.model
    def _other_lists(self, people, task):
        """[(list, number of people)]: where else on their accounts these people are.

        Not whom the task is about there, too: that is no surprise.
        """
        # whoever is deleted for good loses also what is known of a former subscription
        there = (
            SQL("other.remote_status IS NOT NULL")
            if task == "delete"
            else SQL("other.remote_status IN %s", PRESENT)
        )
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """
                WITH people (id) AS MATERIALIZED (%s)
                SELECT place.name, count(DISTINCT other.email)
                  FROM people
                  JOIN newsletter_member member ON member.id = people.id
                  JOIN newsletter_member other ON other.email = member.email
                   AND other.connection_id = member.connection_id
                   AND other.active AND %s
                  JOIN newsletter_coupling coupling ON coupling.id = other.coupling_id
                  JOIN newsletter_remote_list place
                    ON place.id = coupling.remote_list_id
                 WHERE NOT EXISTS (SELECT FROM people WHERE people.id = other.id)
                 GROUP BY place.id, place.name ORDER BY place.name
                """,
                *(people, there),
            )
        )
        return self.env.cr.fetchall()

    def _effect_lines(self, found, tool, people=None):
        """What was foreseen, as lines to read before pressing the button.

        :param people: SQL of the ids of all members, where only some were looked at
        """
        lines = []
        words = self._words()
        if found["local"]:
            lines.append(
                self.env._(
                    "Changed in Odoo at once: %s.",
                    formatLang(self.env, found["local"], digits=0),
                )
            )
        for (task, joining), number in found["tasks"].items():
            graver = task in found["every_list"] | found["new_entry"]
            effect = self._task_effect(task, graver, tool, joining)
            lines.append(f"{words[task]} ({number}): {effect}")
        for task in sorted(found["every_list"]):
            told = SQL("SELECT unnest(%s::int[])", found["told"][task].ids)
            lines.append(self._also_concerned(people or told, task))
        return lines

    @api.model
    def _offered(self, members):
        """The tasks that make sense for some of the members, the gentlest first.

        :return: rows ``{task, name}``; the name says for how many, and what it does
        """
        numbers, graver, tools, joinings = Counter(), set(), set(), {}
        for member in members:
            tools.add(member._tool_name())
            can = member.connection_id._connector_class().capabilities
            for offer in member.offers or ():
                numbers[offer["task"]] += 1
                joinings.setdefault(offer["task"], {})[offer["joining"]] = True
                if offer["every_list"] or self._makes_new_entry(offer["task"], can):
                    graver.add(offer["task"])
        words, tool = self._words(), ", ".join(sorted(tools))
        rows = []
        for task in ORDER:
            if not numbers[task]:
                continue
            effect = " ".join(
                self._task_effect(task, task in graver, tool, joining)
                for joining in joinings[task]
            )
            name = f"{words[task]}: {effect}"
            if len(members) > 1:
                name = f"{words[task]} ({numbers[task]}): {effect}"
            rows.append({"task": task, "name": name})
        return rows
