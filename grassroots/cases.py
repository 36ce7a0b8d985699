"""What a station does in a case of any type: it looks whether it may, and signs (SPEC 12)."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated

from pydantic import ConfigDict, Field

from node.drafting import Published, draft, own_station, publish
from node.errors import ConflictError, InvalidError, NotAllowedError, NotFoundError
from node.model import Model
from node.readmodels import cases
from protocol.cases import Case, CaseEntry, allowed_acts, judge_act
from protocol.records import CaseAct
from protocol.transitions import CaseType

if TYPE_CHECKING:
    from node.app import Node
    from protocol.roster import Station


Note = Annotated[str, Field(max_length=2_000)]
Asked = Annotated[str, Field(min_length=1, max_length=2_000)]


class Input(Model):
    """What a person gives; a field nobody knows is an error."""

    model_config = ConfigDict(extra="forbid")


class WhyInput(Input):
    """Why; the other stations read it."""

    reason: Asked


async def get_case(node: "Node", id_: str, of: CaseType) -> Case:
    """The case of that type.

    Raises:
        NotFoundError: none such is held here.
    """
    case = await node.store.aread(lambda reading: cases.get_case(reading, id_))
    if case.type is not of:
        raise NotFoundError(
            f"{id_} is no {of.name}, it is a case of type {case.type.name}", "Check the id."
        )
    return case


async def open_case(node: "Node", id_: str, kind: type[CaseAct], of: CaseType) -> Case:
    """The case, if this station may do an act of that kind in it now.

    Raises:
        NotAllowedError: this station is no party to it, or not the one to do this.
        ConflictError: the case does not stand where the act needs it.
    """
    me = own_station(node)
    case = await get_case(node, id_, of)
    if me.id not in case.parties.everyone:
        raise NotAllowedError(f"This station is no party to that {of.name}.")
    if kind.KIND not in allowed_acts(case, me.id):
        allowed = [each.partition("/")[0] for each in allowed_acts(case, me.id)]
        act = kind.KIND.partition("/")[0]
        raise ConflictError(
            f"{act} is not possible: the {of.name} is {case.state}.",
            f"This station may now do: {', '.join(allowed) or 'nothing, it waits for the other'}.",
        )
    return case


def draft_act(
    node: "Node", case: Case, kind: type[CaseAct], fields: Mapping[str, object]
) -> CaseAct:
    """An act that takes effect in the case as it is known here.

    Raises:
        InvalidError: a field breaks its rule.
        ConflictError: the case would refuse it; the reason is told.
    """
    record = draft(kind, {**fields, "after": list(case.frontier)})
    entry = CaseEntry("", kind.KIND, own_station(node).id, record)
    fault = judge_act(case, entry)
    if fault:
        act = kind.KIND.partition("/")[0]
        raise ConflictError(f"{act} is not possible: {fault}.", "Look at the case again.")
    return record


async def act(
    node: "Node", id_: str, kind: type[CaseAct], of: CaseType, fields: Mapping[str, object]
) -> Published:
    """Do one act in a case.

    Raises:
        InvalidError: a field breaks its rule.
        NotAllowedError, ConflictError: see :func:`open_case`, :func:`draft_act`.
    """
    case = await open_case(node, id_, kind, of)
    return await publish(node, draft_act(node, case, kind, fields), case.id)


def find_partner(node: "Node", id_: str) -> "Station":
    """Another station that can be asked for something.

    Raises:
        NotFoundError: the roster held here has no such station.
        InvalidError: it has left the network, or is this one.
    """
    found = node.roster.get(id_)
    if found is None:
        raise NotFoundError(f"no station {id_} in the roster held here", "Check the station's id.")
    if found.ended is not None or found.id == own_station(node).id:
        raise InvalidError("That station cannot be asked from here.", "Choose another.")
    return found
