"""What can be wrong with a hold."""

from backend.core.problems import Problem


class HoldDiffers(Problem):
    """The id stands for a hold of another visit or for another reason, or it was lifted with another reason."""

    status = 409
    code = "hold-differs"
