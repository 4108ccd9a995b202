"""Content-addressed bytes: what a store promises, and the local directory that keeps it."""

from assetlib.storage.files import FileState, FileSystem, RealFiles
from assetlib.storage.local import LocalStore, Stray
from assetlib.storage.store import BlobStore, Corrupt, Missing, StorageRefused, Unwritable

__all__ = [
    "BlobStore",
    "Corrupt",
    "FileState",
    "FileSystem",
    "LocalStore",
    "Missing",
    "RealFiles",
    "StorageRefused",
    "Stray",
    "Unwritable",
]
