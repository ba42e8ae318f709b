"""What can be wrong with planning a wave."""

from backend.core.problems import Problem


class WaveInvalid(Problem):
    """What the wave names does not exist or does not fit together; the faults say where."""

    status = 422
    code = "wave-invalid"


class NumberTaken(Problem):
    status = 409
    code = "number-taken"


class WaveLocked(Problem):
    status = 409
    code = "wave-locked"


class WaveIsDraft(Problem):
    """A draft can neither be published nor locked."""

    status = 409
    code = "wave-is-draft"


class StateNotNext(Problem):
    """The wanted state does not follow the present one."""

    status = 409
    code = "state-not-next"


class WaveInUse(Problem):
    """Visits have begun under the wave's checklist version, or it moves to another programme with them."""

    status = 409
    code = "wave-in-use"
