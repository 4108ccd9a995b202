"""What can be asked of a snapshot. `Queries` holds every question; each answers with values of `assetlib.model`."""
