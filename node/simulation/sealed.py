"""What stations seal for one another, and who of all that hold it can open it (P7)."""

import json
from collections.abc import Iterator

from sqlalchemy import select

from node.readmodels.cases import ACTS, find_sealed
from node.simulation.casework import case_of
from node.simulation.machine import SimNode
from node.store import Reading
from protocol.entry import Entry
from protocol.errors import Refused
from protocol.keys import digest, encode_b64
from protocol.records import KINDS, ContactDisclosed, ContactSealed, Sealed
from protocol.records.referrals import Consent
from protocol.sealing import SealContext, seal, unseal

SEALED_NAME = "攀西钒钛有限公司"
"""The enterprise that every sealed contact is about; it may stand nowhere in the clear."""


def disclose(sender: SimNode, receiver: SimNode, case_id: str) -> Entry | None:
    """Seal the enterprise's name to the receiver of an accepted case.

    The wrapped keys are drawn by the HPKE library, not from the seed: what is disclosed in a run
    must not decide what else happens in it.
    """
    case = case_of(sender, case_id)
    assert case is not None
    log = sender.publisher.open_log(ContactDisclosed.CHANNEL)
    context = SealContext(
        sender.network.id, log.author, log.channel, log.epoch, case_id, ContactSealed.KIND
    )
    stations = [sender.roster.get(id_) for id_ in (sender.id, receiver.id)]
    recipients = [(each.id, each.sealing) for each in stations if each is not None]
    text = json.dumps({"name": SEALED_NAME}, ensure_ascii=False).encode()
    sealed = seal(text, context, recipients, sender.random(32), sender.random(12))
    consent = Consent(on="2026-09-20", by="总经理", purpose="work", kinds=("name",))
    part = digest(sealed.ciphertext.encode())
    record = ContactDisclosed(after=case.frontier, to=receiver.id, sealed=part, consent=consent)
    disclosed = sender.publish(record, case_id)
    salt = encode_b64(sender.random(16))
    if disclosed is not None:
        sender.publish(ContactSealed(salt=salt, sealed=sealed), case_id)
    return disclosed


def find_parts(node: SimNode) -> list[tuple[Sealed, SealContext]]:
    """Every sealed part a node holds."""
    return node.store.read(lambda reading: list(_parts(reading, node.network.id)))


def _parts(reading: Reading, network: str) -> Iterator[tuple[Sealed, SealContext]]:
    ids = select(ACTS.c.referral).where(ACTS.c.kind == ContactSealed.KIND).distinct()
    for case_id in reading.connection.execute(ids.order_by(ACTS.c.referral)).scalars().all():
        for part in find_sealed(reading, case_id):
            record = KINDS[part.kind].model_validate_json(part.body)
            if isinstance(record, ContactSealed):
                yield (
                    record.sealed,
                    SealContext(
                        network, part.author, part.channel, part.epoch, part.subject, part.kind
                    ),
                )


def can_open(node: SimNode, sealed: Sealed, context: SealContext) -> bool:
    """Whether a node's keys open a part, in the name of any of its recipients."""
    for recipient in sealed.recipients:
        for seed in node.keyring.sealing_seeds:
            try:
                unseal(sealed, context, recipient.station, seed)
            except Refused:
                continue
            return True
    return False
