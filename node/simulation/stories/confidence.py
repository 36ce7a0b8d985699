"""P7: what is sealed is read by its recipients only."""

import json

from node.readmodels.cases import find_sealed
from node.simulation.clerk import act, case_of, new_need, refer
from node.simulation.machine import SimNode
from node.simulation.stories.telling import (
    MINUTE_MS,
    Expect,
    state,
)
from node.simulation.world import World
from protocol.errors import Refused
from protocol.records import KINDS, ContactDisclosed, ReferralAccepted
from protocol.records.referrals import Consent
from protocol.sealing import SealContext, seal, unseal


def seal_contact(world: World) -> list[str]:
    """A contact is sealed to one receiver; every node relays it and tries to open it."""
    expect = Expect()
    world.found()
    sender, receiver = world["panzhihua"], world["ningbo"]
    need = sender.publish(new_need(sender))
    assert need is not None
    case_id = refer(sender, need.id, receiver.id) or ""
    opened = world.run_until(lambda: state(receiver, case_id) == "requested", 10 * MINUTE_MS)
    case = case_of(receiver, case_id)
    expect.that(opened and case and act(receiver, case, ReferralAccepted.KIND), "not accepted")
    world.run_until(lambda: state(sender, case_id) == "accepted", 10 * MINUTE_MS)
    secret = json.dumps({"name": "攀西钒钛有限公司"}, ensure_ascii=False).encode()
    _disclose(sender, receiver, case_id, secret)
    faults = expect.ends_well(world)
    for node in world.honest():
        can_read = _open(node, case_id) == [secret]
        if can_read != (node in (sender, receiver)):
            faults.append(f"{node.name} {'can' if can_read else 'cannot'} read what was sealed")
        texts = node.store.read(lambda r: b"".join(r.log_texts()))
        if "攀西钒钛".encode() in texts:
            faults.append(f"{node.name} holds the name in the clear")
    return faults


def _disclose(sender: SimNode, receiver: SimNode, case_id: str, secret: bytes) -> None:
    case = case_of(sender, case_id)
    assert case is not None
    log = sender.publisher.open_log(ContactDisclosed.CHANNEL)
    context = SealContext(
        sender.network.id, log.author, log.channel, log.epoch, case_id, ContactDisclosed.KIND
    )
    stations = [sender.roster.get(id_) for id_ in (sender.id, receiver.id)]
    recipients = [(each.id, each.sealing) for each in stations if each is not None]
    sealed = seal(secret, context, recipients, sender.random(32), sender.random(12))
    consent = Consent(on="2026-09-20", by="总经理", scope="名称")
    sender.publish(ContactDisclosed(after=case.frontier, sealed=sealed, consent=consent), case_id)


def _open(node: SimNode, case_id: str) -> list[bytes]:
    found = []
    for part in node.store.read(lambda r: find_sealed(r, case_id)):
        record = KINDS[part.kind].model_validate_json(part.body)
        if not isinstance(record, ContactDisclosed):
            continue
        context = SealContext(
            node.network.id, part.author, part.channel, part.epoch, part.subject, part.kind
        )
        for station in [each.station for each in record.sealed.recipients]:
            for seed in node.keyring.sealing_seeds:
                try:
                    found.append(unseal(record.sealed, context, station, seed))
                except Refused:
                    continue
    return found
