"""The steps of a run that carries out one answer for many members."""

from types import SimpleNamespace

from odoo.tools import SQL

from .newsletter_push_step import Step

#: members decided about in one transaction
SLICE = 200
#: members lined up in one transaction
COLLECT = 5000


class Collect(Step):
    """Line up who is known by a domain only: people who were just put on a list."""

    def take(self, run, conversation):
        members = run.env["newsletter.member"].search(
            [
                ("coupling_id", "=", run.coupling_id.id),
                ("id", ">", run.cursor.get("collected", 0)),
                *run.selection_domain,
            ],
            order="id",
            limit=COLLECT,
        )
        return SimpleNamespace(ids=members.ids) if members else None

    def keep(self, run, work, answer):
        people = SQL("SELECT unnest(%s) AS member_id, NULL AS difference", work.ids)
        run._line_up(people)
        run.cursor = {**run.cursor, "collected": work.ids[-1]}


class Answer(Step):
    """Slice by slice; whoever was answered before a kill is not answered twice."""

    def take(self, run, conversation):
        waiting = [("id", ">", run.cursor.get("after", 0)), ("result", "=", "waiting")]
        lines = self.lines(run, waiting, limit=SLICE)
        return SimpleNamespace(ids=lines.ids) if lines else None

    def keep(self, run, work, answer):
        cursor = dict(run.cursor)
        # somebody may have been erased since
        lines = self.lines(run, [("id", "in", work.ids), ("result", "=", "waiting")])
        there = lines.filtered("member_id.active")
        (lines - there).write({"result": "skipped", "reason": "gone"})
        joining = bool(cursor["answer"].get("joining"))
        # Decisions are made with the rights of the user who decides. Whoever may put
        # people on a list gives them the usual task by that, as with few people at
        # once: by code, without the right to decide about members.
        env = run.env(su=joining)
        shown = {line.member_id.id: line.shown or "" for line in there}
        results = env["newsletter.review"]._apply(
            env["newsletter.member"].browse(shown),
            *(cursor["answer"], run, None if joining else shown),
        )
        codes = {member.id: code for member, code in results.items()}
        run.env["newsletter.set.wise"]._update(
            "newsletter.run.line",
            [self._report(line, codes[line.member_id.id]) for line in there],
        )
        cursor["after"] = work.ids[-1]
        run.write({"cursor": cursor, "done": run.done + len(work.ids)})

    @staticmethod
    def _report(line, code):
        member = line.member_id
        return {
            "id": line.id,
            "name": member.name,
            "email": member.email,
            "plan": member.task or None,
            "result": "skipped" if code else "decided",
            "reason": code or None,
            "remote_status": member.remote_status or None,
            "partner_id": member.partner_id.id or None,
            "contact_id": member.contact_id.id or None,
            "lead_id": member.lead_id.id or None,
        }


class Finish(Step):
    """Remember the rules that were wished for, and tell how many."""

    def take(self, run, conversation):
        return None if run.state == "done" else SimpleNamespace()

    def keep(self, run, work, answer):
        run._decided()


STEPS = {"collect": Collect(), "review": Answer(), "finish": Finish()}
