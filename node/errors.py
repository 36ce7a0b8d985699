"""What can go wrong inside one station; none of it ever crosses the wire.

::

    NodeError                 message for a person, hint: what to do next
    ├── ConfigError           wrong configuration or command line: exit code 2
    ├── StoreError            the store cannot be used as asked
    │   └── StoreLockedError  another process runs on it
    ├── UnknownCodeError      a code that is in no list this node knows
    ├── NotFoundError         nothing by that id here: HTTP 404
    ├── NotAllowedError       no token, or not this station's to do: HTTP 401, 403
    │   ├── RoleError         the account's role does not allow it, others do: HTTP 403
    │   └── PasswordDueError  a password somebody else chose must be changed first: HTTP 403
    ├── SignInError           name and password are not those of an account: HTTP 401
    ├── LockedOutError        too many failed log-ins, until a moment it names: HTTP 429
    ├── ConflictError         the case or record does not stand where the act needs it: HTTP 409
    │   ├── QuotaError        a log's quota is used up for now: HTTP 429
    │   └── StaffError        what the accounts there are do not allow
    ├── RecoveringError       the node has just started and may not sign yet: HTTP 503
    ├── InvalidError          input that fails a rule, with a reason per field: HTTP 422
    │   └── PasswordError     a password that may not be used, and why
    └── UnreachableError      another station or the running node did not answer
"""


class NodeError(Exception):
    """The root; ``hint`` says what to do next, in words for a station clerk."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class ConfigError(NodeError):
    """A setting, a file or an argument is wrong; nothing was started or made."""


class StoreError(NodeError):
    """The store cannot be opened or used as asked."""


class StoreLockedError(StoreError):
    """Another process runs on this store."""


class UnknownCodeError(NodeError):
    """A code that is in no list this node knows."""


class NotFoundError(NodeError):
    """Nothing by that id is held here."""


class NotAllowedError(NodeError):
    """The caller may not do this here."""


class RoleError(NotAllowedError):
    """The account's role does not allow this act; ``roles`` are those that do."""

    def __init__(self, message: str, hint: str, roles: tuple[str, ...]) -> None:
        super().__init__(message, hint)
        self.roles = roles


class PasswordDueError(NotAllowedError):
    """The account's password was chosen by somebody else and has not been changed yet."""


class SignInError(NodeError):
    """Name and password are not those of an account in use; it is not said which is wrong."""


class LockedOutError(NodeError):
    """Too many log-ins failed; from ``until_ms`` (Unix) on the next is heard."""

    def __init__(self, message: str, hint: str, until_ms: int) -> None:
        super().__init__(message, hint)
        self.until_ms = until_ms


class ConflictError(NodeError):
    """The case or record does not stand where this act needs it.

    ``word`` names what the console tells of it; empty: what it tells of every conflict.
    """

    def __init__(self, message: str, hint: str = "", word: str = "") -> None:
        super().__init__(message, hint)
        self.word = word


class QuotaError(ConflictError):
    """A log's quota is used up; ``free_ms`` (Unix) says from when on it is not any more."""

    def __init__(self, message: str, hint: str, free_ms: int) -> None:
        super().__init__(message, hint)
        self.free_ms = free_ms


class StaffError(ConflictError):
    """What the accounts there are do not allow.

    ``fault`` is taken, last-manager, disabled, in-use or own.
    """

    def __init__(self, message: str, hint: str, fault: str) -> None:
        super().__init__(message, hint)
        self.fault = fault


class RecoveringError(NodeError):
    """The node asks its peers first what they hold; at ``until_ms`` (Unix) it stops waiting."""

    def __init__(self, message: str, hint: str, until_ms: int) -> None:
        super().__init__(message, hint)
        self.until_ms = until_ms


class InvalidError(NodeError):
    """Input that fails a rule; ``reasons`` names each field and what is wrong with it.

    ``word`` as of :class:`ConflictError`.
    """

    def __init__(
        self,
        message: str,
        hint: str = "",
        reasons: dict[str, str] | None = None,
        word: str = "",
    ) -> None:
        super().__init__(message, hint)
        self.reasons = reasons or {}
        self.word = word


class PasswordError(InvalidError):
    """A password that may not be used.

    ``fault`` is short, long, guessable, named or same of a new one, present where the present one
    is wrong, differ where it was not typed twice alike.
    """

    def __init__(self, message: str, hint: str, fault: str) -> None:
        super().__init__(message, hint, {"password": message})
        self.fault = fault


class UnreachableError(NodeError):
    """Another station, or the running node, did not answer."""
