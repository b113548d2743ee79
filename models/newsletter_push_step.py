"""What a step of a run is."""


class Step:
    """Base of the steps; they hold no state of their own."""

    def take(self, run, conversation):
        raise NotImplementedError

    def speak(self, work):
        return None

    def keep(self, run, work, answer):
        raise NotImplementedError

    @staticmethod
    def lines(run, domain, limit=None):
        return run.env["newsletter.run.line"].search(
            [("run_id", "=", run.id), *domain], order="id", limit=limit
        )
