"""What can be wrong with the network's records and with a spreadsheet of stores."""

from backend.core.problems import Problem


class CodeTaken(Problem):
    status = 409
    code = "code-taken"


class OutsideScope(Problem):
    """The caller plans a part of the network, and this would lie outside it."""

    status = 403
    code = "outside-scope"


class FileMissing(Problem):
    status = 422
    code = "file-missing"


class FileUnreadable(Problem):
    status = 422
    code = "file-unreadable"


class FileInflates(Problem):
    """A small file that unpacks into a huge one."""

    status = 413
    code = "file-inflates"


class TooManyRows(Problem):
    status = 413
    code = "too-many-rows"


class ColumnMissing(Problem):
    status = 422
    code = "column-missing"


class ColumnTwice(Problem):
    status = 422
    code = "column-twice"
