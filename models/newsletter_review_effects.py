"""What a decision would set off, told before anybody presses the button."""

from collections import Counter

from odoo import api, models
from odoo.tools import formatLang
from odoo.tools.translate import LazyTranslate

_lt = LazyTranslate(__name__)

#: task -> what the next transmission does at the tool, in a clerk's words
TASKS = {
    "transmit": _lt(
        "They are subscribed in %(tool)s at once, without being asked again. Odoo "
        "sends no mail."
    ),
    "update": _lt("Odoo's data replace those in %(tool)s. No mail goes out."),
    "signup": _lt(
        "%(tool)s runs its own double opt-in: a mail with a link to confirm goes out "
        "to the person, who is “pending” until the click."
    ),
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
#: the same where it reaches every list of the account, or cannot be undone
EVERY_LIST = {
    "unsubscribe": _lt(
        "They are unsubscribed from EVERY list of the account in %(tool)s, not only "
        "from this one. Odoo sends no mail."
    ),
    "delete": _lt(
        "They are deleted from EVERY list of the account in %(tool)s, with history "
        "and statistics. This cannot be undone."
    ),
}


class NewsletterReview(models.AbstractModel):
    _inherit = "newsletter.review"

    @api.model
    def _task_effect(self, task, every_list, tool):
        """The sentence for one task."""
        text = (EVERY_LIST if every_list else TASKS).get(task) or TASKS[task]
        sentence = self.env._(text)
        return sentence % {"tool": tool}

    def _foresee(self, members, answer, shown=None):
        """What an answer would do, without doing it.

        :param shown: see ``_apply``
        :return: dict with ``tasks`` {task: number}, ``every_list`` (tasks that reach
            all lists of the account), ``local`` (number of people changed in Odoo),
            ``needs_reason``, ``refused`` {code: number} and ``told`` (members of the
            tasks)
        """
        found = {
            "tasks": Counter(),
            "every_list": set(),
            "local": 0,
            "needs_reason": 0,
            "refused": Counter(),
            "told": self.env["newsletter.member"],
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
                found["tasks"][task] += 1
                found["told"] |= found["told"].browse(case.member.id)
                if self._reaches_every_list(task, can):
                    found["every_list"].add(task)

    @api.model
    def _reaches_every_list(self, task, can):
        """Whether a task goes beyond the list of the coupling."""
        if task == "unsubscribe":
            return can.unsubscribe == "account"
        return task == "delete" and not can.remove_from_list

    def _other_lists(self, members):
        """{name of a list: number of these people who are on it}: other lists of the
        same accounts, which a task that reaches all of them would touch."""
        others = self.env["newsletter.member"]._read_group(
            [
                ("connection_id", "in", members.connection_id.ids),
                ("email", "in", members.mapped("email")),
                ("coupling_id", "not in", members.coupling_id.ids),
                ("remote_status", "not in", (False, "unsubscribed", "blocked")),
            ],
            ["coupling_id"],
            ["__count"],
        )
        return {coupling.display_name: count for coupling, count in others}

    def _effect_lines(self, found, tool):
        """What was foreseen, as lines to read before pressing the button."""
        lines = []
        words = self._words()
        if found["local"]:
            lines.append(
                self.env._(
                    "Changed in Odoo at once: %s.",
                    formatLang(self.env, found["local"], digits=0),
                )
            )
        for task, number in found["tasks"].items():
            effect = self._task_effect(task, task in found["every_list"], tool)
            lines.append(f"{words[task]} ({number}): {effect}")
        if found["every_list"]:
            others = self._other_lists(found["told"])
            lines += [
                self.env._(
                    "Also concerned: list “%(list)s” (%(count)s people).",
                    list=name,
                    count=count,
                )
                for name, count in others.items()
            ]
        return lines

    @api.model
    def _offered(self, members):
        """The tasks that make sense for some of the members, the gentlest first.

        :return: rows ``{task, name}``; the name says for how many, and what it does
        """
        numbers, every_list, tools = Counter(), set(), set()
        for member in members:
            tools.add(member._tool_name())
            for offer in member.offers or ():
                numbers[offer["task"]] += 1
                if offer["every_list"]:
                    every_list.add(offer["task"])
        words, tool = self._words(), ", ".join(sorted(tools))
        rows = []
        for task in TASKS:
            if not numbers[task]:
                continue
            effect = self._task_effect(task, task in every_list, tool)
            name = f"{words[task]}: {effect}"
            if len(members) > 1:
                name = f"{words[task]} ({numbers[task]}): {effect}"
            rows.append({"task": task, "name": name})
        return rows
