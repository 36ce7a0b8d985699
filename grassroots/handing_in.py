"""Needs of a file at a station that asks for a second person: they wait as drafts (A17, B3)."""

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

from grassroots.draftbook import add_step, create_draft, find_drafts
from node.ids import new_id
from node.notices.telling import tell
from node.people import Actor
from protocol.records.needs import NeedPublished

if TYPE_CHECKING:
    from node.app import Node
    from node.store import Reading, Writing


async def hand_in_needs(node: "Node", records: Sequence[NeedPublished], actor: Actor) -> None:
    """Keep needs as drafts that wait for approval; reviewers are told once of all of them.

    Args:
        records: needs without a mark that hints at classified matter.
        actor: who brings them in and by that declares that they hold no secret, and so may not
            approve them.
    """
    now_ms = node.clock.now_ms()
    ids = [new_id(node.random) for _ in records]

    def keep(tx: "Writing") -> None:
        for id_, record in zip(ids, records, strict=True):
            said = record.model_dump(mode="json", exclude={"salt"}, exclude_none=True)
            body = json.dumps({**said, "unclassified": True}, ensure_ascii=False)
            create_draft(tx, id_, body, now_ms, actor.id, state="submitted")
            add_step(tx, id_, now_ms, actor.id, "submitted", "")
        given = {"title": records[0].title}
        tell(tx, now_ms, "draft.waiting", ids[0], key=f"waiting {now_ms}", given=given)

    await node.store.awrite(keep)


def find_sources_handed_in(reading: "Reading") -> set[tuple[str, ...]]:
    """System and id there of needs that wait as drafts."""
    bodies = [json.loads(row.body) for row in find_drafts(reading, limit=None)]
    sources = [body["source"] for body in bodies if body.get("source")]
    return {(str(each["system"]), str(each["id"])) for each in sources}
