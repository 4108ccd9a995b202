"""Frames to files and back: PNG, EXR, MP4, color."""
