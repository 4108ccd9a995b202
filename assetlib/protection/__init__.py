"""Do-not-train carriers, fingerprints, dataset scan."""
