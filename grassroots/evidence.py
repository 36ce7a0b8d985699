"""The signed paper of a consent, scanned or photographed; it never leaves the station (D11, P7)."""

from typing import TYPE_CHECKING

from grassroots.attachments import UploadQuery
from grassroots.consents import EvidenceFile, get_consent
from node.capability import Capability, Route
from node.drafting import IdPath
from node.files import Upload
from node.files.attaching import OpenFile
from node.files.private import Owner, delete_private, keep_private, open_private
from node.people.permissions import Act

if TYPE_CHECKING:
    from node.app import Node

_OF: Owner = "consent"


async def add_evidence(
    node: "Node", path: IdPath, query: UploadQuery, upload: Upload
) -> EvidenceFile:
    """Keep the signed paper with a consent of the register.

    Raises:
        NotFoundError: no such consent.
        InvalidError: the file is empty, or none of the kinds that are taken.
    """
    await node.store.aread(lambda reading: get_consent(reading, path.id))
    row = await keep_private(node, upload, query.note, _OF, path.id)
    return EvidenceFile.model_validate(row)


async def get_evidence(node: "Node", path: IdPath) -> OpenFile:
    """The signed paper of a consent, to save."""
    return await open_private(node, _OF, path.id)


async def delete_evidence(node: "Node", path: IdPath) -> EvidenceFile:
    """Delete a file of a consent; the consent stays in the register."""
    return EvidenceFile.model_validate(await delete_private(node, _OF, path.id))


CAPABILITY = Capability(
    name="evidence",
    title="同意凭证",
    serves=("D11",),
    channels=("referrals",),
    routes=(
        Route(
            "POST", "/consents/{id}/files", add_evidence, "Keep the signed paper with a consent",
            ("D11",), 201, act=Act.DISCLOSE,
        ),
        Route(
            "GET", "/consent-files/{id}", get_evidence, "A consent's file to save", ("D11",),
            act=Act.READ_CARDS,
        ),
        Route(
            "POST", "/consent-files/{id}/delete", delete_evidence, "Delete a consent's file",
            ("D11",), act=Act.DISCLOSE,
        ),
    ),
)  # fmt: skip
