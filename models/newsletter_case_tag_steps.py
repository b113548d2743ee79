"""The steps of a run that sets the newsletter tag; see ``newsletter_case_tag``."""

from types import SimpleNamespace

from odoo import fields

from ..connectors.contract import Join, MemberDraft, Outcome
from .newsletter_push_step import Step

#: people in one slice
BATCH = 50


class Tag(Step):
    """Some people at a time. Harmless when repeated: a tag is set or it is."""

    def take(self, run, conversation):
        steps = self._due(run)
        if not steps:
            return None
        run.started_at = run.started_at or fields.Datetime.now()
        batches = {}
        for step in steps:
            for member in step._tag_members(step.email).filtered(
                lambda member: member.connection_id == run.connection_id
            )[:1]:
                draft = MemberDraft(
                    member.email,
                    remote_id=member.remote_id,
                    join=Join.NEVER,
                    tags_add=frozenset([step.case_id.mailbox_id.tag or "Newsletter"]),
                )
                drafts = batches.setdefault(member.coupling_id.remote_id, {})
                drafts[step.id] = draft
        return SimpleNamespace(
            connector=conversation.connector(run),
            step_ids=steps.ids,
            batches=batches,
        )

    @staticmethod
    def _due(run):
        return run.env["newsletter.case.step"].search(
            [("state", "=", "waiting"), ("waiting_ids", "in", run.connection_id.ids)],
            order="id",
            limit=BATCH,
        )

    def speak(self, work):
        answers = {}
        for list_id, drafts in work.batches.items():
            size = max(work.connector.capabilities.batch_size, 1)
            ids = list(drafts)
            for start in range(0, len(ids), size):
                part = ids[start : start + size]
                answer = work.connector.upsert(list_id, [drafts[i] for i in part])
                # a job that still runs has taken the rows
                rows = answer.rows or [None] * len(part)
                answers.update(zip(part, rows, strict=True))
        return answers

    def keep(self, run, work, answer):
        lines = []
        for step in run.env["newsletter.case.step"].browse(work.step_ids).exists():
            row = answer.get(step.id)
            refused = row is not None and row.outcome == Outcome.REFUSED
            message = (
                run.env._("The tool did not take the tag: %s", row.message)
                if refused
                else ""
            )
            step._tagged(run.connection_id, message)
            lines.append(
                {
                    "run_id": run.id,
                    "company_id": run.company_id.id,
                    "res_model": step.case_id._name,
                    "res_id": step.case_id.id,
                    "name": step.person or step.email,
                    "email": step.email,
                    "raw_email": step.email,
                    "plan": "update",
                    "result": "failed" if refused else "updated",
                    "reason": "refused_other" if refused else False,
                    "message": message or False,
                }
            )
        run.env["newsletter.run.line"].create(lines)
        run.write({"done": run.done + len(lines), "total": run.total + len(lines)})


class Finish(Step):
    def take(self, run, conversation):
        return None if run.state == "done" else SimpleNamespace()

    def keep(self, run, work, answer):
        run._finished()


STEPS = {"tag": Tag(), "finish": Finish()}
