"""Bytes to values: the only place that parses license and shot files."""
