"""What can be wrong with a subscription, and why something was not sent."""

from backend.core.problems import Problem


class SubscriptionInvalid(Problem):
    status = 422
    code = "subscription-invalid"


class TooManySubscriptions(Problem):
    status = 409
    code = "too-many-subscriptions"


class TooManyConfirmations(Problem):
    status = 429
    code = "too-many-confirmations"


class NoChannel(Problem):
    """A trial was asked for, and nothing but messages is switched on."""

    status = 409
    code = "no-channel"


class NothingToConfirm(Problem):
    status = 409
    code = "nothing-to-confirm"


class DeliveryWaits(Problem):
    """It is going to be sent anyway."""

    status = 409
    code = "delivery-waits"


class LinkInvalid(Problem):
    """A link that is none of ours, or too old."""

    status = 410
    code = "link-invalid"


class NotSent(Exception):
    """An attempt failed. `code` is a sentence `fault-…` of this package; `for_good` where trying again is no use."""

    def __init__(
        self, code: str, *, status: int | None = None, excerpt: str | None = None, for_good: bool = False
    ) -> None:
        super().__init__(code)
        self.code, self.status, self.excerpt, self.for_good = code, status, excerpt, for_good
