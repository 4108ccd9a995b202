"""The audit report as data, and its renderings."""
