"""What can be wrong with publishing a checklist version."""

from backend.core.problems import Problem


class DefinitionInvalid(Problem):
    status = 422
    code = "definition-invalid"


class AddressDiffers(Problem):
    """The code or version in the file is not the one in the address."""

    status = 422
    code = "address-differs"


class VersionPublished(Problem):
    """The version is published with other content, and a published version never changes."""

    status = 409
    code = "version-published"
