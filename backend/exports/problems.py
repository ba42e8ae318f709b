"""What can be wrong with asking for an export or fetching one, and why one could not be made."""

from backend.core.problems import Problem


class WaveNotLocked(Problem):
    """Scores that are paid by must not change any more."""

    status = 409
    code = "wave-not-locked"


class TooManyExports(Problem):
    status = 409
    code = "too-many-exports"


class ExportNotReady(Problem):
    status = 409
    code = "export-not-ready"


class ExportGone(Problem):
    """It expired, was cancelled or failed: there is no file any more."""

    status = 410
    code = "export-gone"


class Refused(Exception):
    """Why the worker cannot make an export, however often it tries; `code` names a sentence `fault-...`."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Stopped(Exception):
    """The export was cancelled, or another worker has taken it over: whoever reads this leaves it alone."""
