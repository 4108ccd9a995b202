"""Other people's tools: OpenAssetIO, trackers, OMC."""
