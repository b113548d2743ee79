"""What a step of a run is."""


class Step:
    """Base of the steps; they hold no state of their own."""

    def take(self, run, conversation):
        raise NotImplementedError

    def speak(self, work):
        return None

    def keep(self, run, work, answer):
        raise NotImplementedError

    def take_back(self, run, conversation):
        """Work that asks what became of people whom the tool was handed, without
        handing it anybody else; None if nobody's fate is unknown."""

    def hold(self, env, work):
        """Lock what ``keep`` will write: the first statement of its transaction.

        Whoever writes the same rows then waits for it, instead of making it fail.
        """

    def may_overlap(self, work):
        """Whether the next work of this step may be taken before this is kept."""
        return False

    def proves(self, work, answer):
        """Whether the answer proves that the tool works again after a failure."""
        return True

    @staticmethod
    def lines(run, domain, limit=None):
        return run.env["newsletter.run.line"].search(
            [("run_id", "=", run.id), *domain], order="id", limit=limit
        )
