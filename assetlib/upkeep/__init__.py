"""Care of a library: fsck, backup, restore."""
