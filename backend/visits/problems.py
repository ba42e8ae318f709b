"""What can stand against what somebody wants to do with a visit."""

from typing import Any

from backend.core.problems import Problem


class AssignmentInvalid(Problem):
    """What the assignment names does not exist or does not fit together; the faults say where."""

    status = 422
    code = "assignment-invalid"


class WaveClosedToPlanning(Problem):
    """A locked wave takes no new assignments."""

    status = 409
    code = "wave-takes-no-visits"


class VisitNotAssignable(Problem):
    """The visit has begun or is over: another person, store or wave needs another visit."""

    status = 409
    code = "visit-not-assignable"


class VisitClosed(Problem):
    """The visit's state does not allow this step any more."""

    status = 409
    code = "visit-closed"


class VisitNotBegun(Problem):
    """A visit that was not taken can be declined, not aborted."""

    status = 409
    code = "visit-not-begun"


class VisitSubmitted(Problem):
    """After the submission the visit is the reviewers' to end."""

    status = 409
    code = "visit-submitted"


class SubmissionDiffers(Problem):
    """The visit holds another submission already, and what was received is never replaced."""

    status = 409
    code = "submission-differs"


class FollowUpDiffers(Problem):
    status = 409
    code = "follow-up-differs"


class FollowUpNotOwed(Problem):
    """Nothing is open for a follow-up."""

    status = 409
    code = "follow-up-not-owed"


class AnswersInvalid(Problem):
    """Answers that cannot be taken as they are; the faults name every checkpoint and file at once."""

    status = 422
    code = "answers-invalid"


class EvidenceTooLate(Problem):
    """The visit is decided or over, so it takes no further evidence."""

    status = 409
    code = "evidence-too-late"


class VisitsUndecided(Problem):
    """The wave cannot be locked while visits wait for a decision or for their follow-up."""

    status = 409
    code = "visits-undecided"


class BackupUnreadable(Problem):
    """It is not the file that a phone saves: no whole zip, or without the phone's tables as they should be."""

    status = 422
    code = "backup-unreadable"


class BackupEntryStrange(Problem):
    """Something in the zip is not what a phone puts there: a path, a compressed or a doubled entry."""

    status = 422
    code = "backup-entry-strange"


class BackupOfAnother(Problem):
    """The visit is not that of the person whose phone saved the file."""

    status = 409
    code = "backup-of-another"


class BackupFileDamaged(Problem):
    """The bytes in the zip are not those that were captured."""

    status = 422
    code = "backup-file-damaged"


class BackupFileUnknown(Problem):
    """Bytes in the zip of which its tables say nothing."""

    status = 422
    code = "backup-file-unknown"


class _DraftProblem(Problem):
    """Tells the phone which device holds the draft and at which revision."""

    def __init__(self, *, device_id: str, revision: int, **params: Any) -> None:
        super().__init__(headers={"ETag": f'"{revision}"'}, **params)
        self.held = {"device_id": device_id, "revision": revision}

    def as_dict(self) -> dict[str, Any]:
        return super().as_dict() | self.held


class DraftElsewhere(_DraftProblem):
    status = 409
    code = "draft-elsewhere"


class DraftStale(_DraftProblem):
    status = 412
    code = "draft-stale"
