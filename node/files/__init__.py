"""Files beside the log: kept by content, handed on to stations, fetched from them (SPEC 14)."""

from node.files.blobs import Blobs, Upload
from node.files.keeping import Files

__all__ = ["Blobs", "Files", "Upload"]
