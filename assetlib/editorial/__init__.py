"""OTIO timelines in and out."""
