"""What can stand against a decision."""

from backend.core.problems import Problem


class OwnVisit(Problem):
    """Nobody judges a visit of their own."""

    status = 403
    code = "own-visit"


class WaveIsLocked(Problem):
    status = 409
    code = "wave-is-locked"


class RoundNotCurrent(Problem):
    """The decision is about a submission that another one followed, or that has not come yet."""

    status = 409
    code = "round-not-current"


class DecisionDiffers(Problem):
    """The round has been decided, and otherwise."""

    status = 409
    code = "decision-differs"


class VisitNotDecidable(Problem):
    status = 409
    code = "visit-not-decidable"


class ReviewInvalid(Problem):
    """What the review says does not fit the visit; the faults name every place."""

    status = 422
    code = "review-invalid"


class ApprovalBlocked(Problem):
    """What must come, or be waived by name and reason, before the visit can be approved."""

    status = 422
    code = "approval-blocked"
