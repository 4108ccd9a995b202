"""Generators that run on this machine."""
