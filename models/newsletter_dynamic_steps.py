"""The first step of a fetch and of a transmission: refresh the dynamic list."""

from types import SimpleNamespace

from .newsletter_push_step import Step


class Refresh(Step):
    """Bring the mailing list to what its filter says, slice by slice.

    A filter that fails or is stopped by the brake leaves the list as it is and does not
    hold up the run: who left must be told in any case.
    """

    def take(self, run, conversation):
        dynamic = run.coupling_id.sudo().mailing_list_id.newsletter_dynamic_id
        if not dynamic or "refreshed" in (run.cursor or {}):
            return None
        return SimpleNamespace(dynamic=dynamic.id)

    def keep(self, run, work, answer):
        dynamic = run.env["newsletter.dynamic.list"].browse(work.dynamic).exists()
        if not dynamic or dynamic._refresh(run):
            run.cursor = {**(run.cursor or {}), "refreshed": True}


def refreshed(steps):
    """The steps of a kind of run, after the list was refreshed."""
    return {"refresh": Refresh(), **steps}
