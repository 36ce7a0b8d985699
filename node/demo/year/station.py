"""One station of the year: its node, the people who work there, and what they do by the API."""

import json
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from node.app import Node
from node.capability import Method
from node.errors import InvalidError
from node.people import OPERATOR, Actor
from node.people.permissions import Role
from node.people.recording import record
from node.people.staff import add_account
from node.web.openapi import Operation, read_operation
from node.web.routes import ROUTES
from protocol.keys import encode_b64

if TYPE_CHECKING:
    from node.demo.plan import Place

PEOPLE = (
    (Role.MANAGER, "zhan", "站长"),
    (Role.BROKER, "jingji", "经纪人"),
    (Role.REVIEWER, "shenhe", "审核员"),
    (Role.CLERK, "banshi", "办事员"),
)
PASSWORD_BYTES = 15


class YearStation:
    """A node at rest, worked on by the operations of its API as its people would."""

    def __init__(self, place: "Place", node: Node) -> None:
        """The station of a place."""
        self.place = place
        self.node = node
        self._operations = {
            (each.route.method, each.route.path): each
            for each in (
                read_operation(route, {"Node": Node}) for route in (*ROUTES, *node.mode.routes)
            )
        }
        self._people: dict[Role, Actor] = {}
        self.passwords: dict[str, str] = {}
        """What each account logs in with at first, by its name."""

    @property
    def id(self) -> str:
        """Its lasting id."""
        me = self.node.me
        assert me is not None
        return me.id

    async def hire(self) -> None:
        """Accounts for those who work here."""
        for role, name, person in PEOPLE:
            password = self.passwords[name] = encode_b64(self.node.random(PASSWORD_BYTES))
            made = await add_account(self.node.gate, OPERATOR, name, person, role, password)
            self._people[role] = Actor(made.id, role, name, person)

    async def do(
        self, role: Role | None, method: Method, path: str, body: object = None, **named: str
    ) -> Any:
        """Do one operation as somebody with that role; the operator if None.

        Args:
            role: whose hands.
            method, path: the operation, the path as the API describes it.
            body: what is sent as JSON.
            named: the parameters of the path and, for a GET, of the query.

        Raises:
            InvalidError: the fields do not fit the operation.
            NodeError: what the operation refuses.
        """
        operation = self._operations[method, path]
        actor = OPERATOR if role is None else self._people[role]
        if operation.route.needed is not None:
            actor.check_may(operation.route.needed)
        taken = _read(operation, body, named)
        if operation.wants_actor:
            taken["actor"] = actor
        if not operation.is_recorded:
            return await operation.route.handler(self.node, **taken)
        target = named.get("id", "")
        return await record(
            self.node,
            actor,
            operation.id,
            target,
            lambda: operation.route.handler(self.node, **taken),
        )


def _read(operation: Operation, body: object, named: dict[str, str]) -> dict[str, Any]:
    """What the operation takes, read as the API reads it."""
    taken: dict[str, Any] = {}
    try:
        if operation.path is not None:
            own = {name: named[name] for name in operation.path.model_fields if name in named}
            taken["path"] = operation.path.model_validate_strings(own)
        if operation.query is not None:
            own = {name: named[name] for name in operation.query.model_fields if name in named}
            taken["query"] = operation.query.model_validate_strings(own)
        if operation.body is not None:
            text = json.dumps({} if body is None else body, ensure_ascii=False)
            taken["body"] = operation.body.model_validate_json(text, strict=True)
    except ValidationError as error:
        raise InvalidError(f"{operation.route.path}: {error}") from None
    return taken
