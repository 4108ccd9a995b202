"""Care of a library: is it whole, and clean up what a crash left."""

from assetlib.upkeep.fsck import Damage, FsckReport, fsck
from assetlib.upkeep.sweep import Swept, sweep

__all__ = ["Damage", "FsckReport", "Swept", "fsck", "sweep"]
