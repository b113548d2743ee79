"""The steps of a run that carries out one answer for many members."""

from types import SimpleNamespace

from .newsletter_push_step import Step

#: members decided about in one transaction
SLICE = 200


class Answer(Step):
    """Slice by slice; whoever was answered before a kill is not answered twice."""

    def take(self, run, conversation):
        cursor = run.cursor or {}
        members = self._as_whom(run)["newsletter.member"].search(
            [
                ("coupling_id", "=", run.coupling_id.id),
                ("id", ">", cursor.get("after", 0)),
                *(run.selection_domain or []),
            ],
            order="id",
            limit=SLICE,
        )
        return SimpleNamespace(ids=members.ids) if members else None

    def keep(self, run, work, answer):
        cursor = dict(run.cursor or {})
        env = self._as_whom(run)
        members = env["newsletter.member"].browse(work.ids).exists()
        results = env["newsletter.review"]._apply(members, cursor["answer"], run)
        run.env["newsletter.run.line"].create(
            [self._line(run, member.sudo(), code) for member, code in results.items()]
        )
        cursor["after"] = work.ids[-1]
        run.write({"cursor": cursor, "done": run.done + len(work.ids)})

    @staticmethod
    def _as_whom(run):
        """Decisions are read and written with the rights of the user who decides.

        Whoever may put people on a list gives them the usual task by that, as with few
        people at once: by code, without the right to decide about members.
        """
        joining = (run.cursor or {})["answer"].get("joining")
        return run.env(su=bool(joining))

    @staticmethod
    def _line(run, member, code):
        return {
            "run_id": run.id,
            "res_model": member._name,
            "res_id": member.id,
            "member_id": member.id,
            "name": member.name,
            "email": member.email,
            "raw_email": member.email,
            "plan": member.task,
            "result": "skipped" if code else "decided",
            "reason": code or False,
            "remote_id": member.remote_id,
            "remote_status": member.remote_status,
            "partner_id": member.partner_id.id,
            "contact_id": member.contact_id.id,
            "lead_id": member.lead_id.id,
        }


class Finish(Step):
    """Remember the rules that were wished for, and tell how many."""

    def take(self, run, conversation):
        return None if run.state == "done" else SimpleNamespace()

    def keep(self, run, work, answer):
        run._decided()


STEPS = {"review": Answer(), "finish": Finish()}
