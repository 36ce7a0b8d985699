"""The scan of a signed agreement; it never leaves the station (E9, N6, P7)."""

from typing import TYPE_CHECKING

from grassroots.attachments import UploadQuery
from grassroots.engagements.agreements import ScanView, get_agreement_view
from node.drafting import IdPath
from node.errors import ConflictError
from node.files import Upload
from node.files.attaching import OpenFile
from node.files.private import Owner, delete_private, keep_private, open_private

if TYPE_CHECKING:
    from node.app import Node
    from node.store import Reading

_OF: Owner = "agreement"


async def add_scan(node: "Node", path: IdPath, query: UploadQuery, upload: Upload) -> ScanView:
    """Keep the scan of an agreement that was signed (E9).

    Raises:
        NotFoundError: no such agreement is kept here.
        ConflictError: nobody has noted that it was signed.
        InvalidError: the file is empty, or none of the kinds that are taken.
    """

    def check(reading: "Reading") -> None:
        if get_agreement_view(reading, path.id).signed_on is None:
            raise ConflictError(
                "That agreement is not signed.", "Note the day it was signed first.", "unsigned"
            )

    await node.store.aread(check)
    return ScanView.model_validate(await keep_private(node, upload, query.note, _OF, path.id))


async def get_scan(node: "Node", path: IdPath) -> OpenFile:
    """The scan of a signed agreement, to save (E9)."""
    return await open_private(node, _OF, path.id)


async def delete_scan(node: "Node", path: IdPath) -> ScanView:
    """Delete a scan; that the agreement was signed stays noted (E9)."""
    return ScanView.model_validate(await delete_private(node, _OF, path.id))
