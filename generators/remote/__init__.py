"""Generators that call a provider, as data; egress sends."""
