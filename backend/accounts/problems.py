"""What can be wrong with signing in and with people's records."""

from backend.core.problems import Problem


class SignInRefused(Problem):
    """Unknown login, wrong password, no password set or person switched off: the answer never tells which."""

    status = 401
    code = "sign-in-refused"


class LinkUnknown(Problem):
    status = 401
    code = "link-unknown"


class LinkUsed(Problem):
    status = 410
    code = "link-used"


class LinkExpired(Problem):
    status = 410
    code = "link-expired"


class PasswordWrong(Problem):
    status = 403
    code = "password-wrong"


class TooManyTries(Problem):
    status = 429
    code = "too-many-tries"


class CredentialsUnclear(Problem):
    status = 422
    code = "credentials-unclear"


class LoginTaken(Problem):
    status = 409
    code = "login-taken"


class LastPlanner(Problem):
    status = 409
    code = "last-planner"


class PersonInactive(Problem):
    status = 409
    code = "person-inactive"


class OutOfReach(Problem):
    """The person is visible, but holds or would hold something outside the part that the actor plans."""

    status = 403
    code = "out-of-reach"


class ConsentDiffers(Problem):
    """Under this id something else was agreed to: a consent is never rewritten."""

    status = 409
    code = "consent-differs"
