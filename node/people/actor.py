"""Who acts: somebody with an account, or the operator who holds the node's token."""

from dataclasses import dataclass

from node.errors import PasswordDueError, RoleError
from node.people.permissions import PERMISSIONS, Act, Role, roles_of

OPERATOR_ID = "operator"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does something at this station; the audit trail keeps ``id``, ``role``, ``session``.

    Attributes:
        id: the account's id, or ``operator``.
        role: None for the operator.
        name: what the account logs in with.
        person: how the person is called.
        session: the log-in's id, empty for the operator.
        must_change: somebody else chose the password, and it has to be changed before all else.
    """

    id: str
    role: Role | None
    name: str
    person: str
    session: str = ""
    must_change: bool = False

    def may(self, act: Act) -> bool:
        """Whether the role allows an act; the operator may do all."""
        return self.role is None or self.role in PERMISSIONS[act]

    def check_may(self, act: Act) -> None:
        """Check that this actor may do an act now.

        Raises:
            RoleError: the role does not allow it; the message says which roles do.
            PasswordDueError: the password has to be changed first.
        """
        if not self.may(act):
            allowed = roles_of(act)
            raise RoleError(
                f"A {self.role} may not do this ({act}); it is for: {', '.join(allowed)}.",
                "Ask somebody with such a role, or the manager for another role.",
                tuple(allowed),
            )
        if self.must_change and act is not Act.OWN:
            raise PasswordDueError(
                "Your password was chosen by somebody else.",
                "Change it on the page /me first; then everything your role may do is open.",
            )


OPERATOR = Actor(OPERATOR_ID, None, OPERATOR_ID, OPERATOR_ID)
"""Whoever can read the node's token file: commands on the machine itself."""
