"""The library of assets, its rights, and what people do with it."""
