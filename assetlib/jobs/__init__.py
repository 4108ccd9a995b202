"""Work that takes long: leases, progress, resume."""
