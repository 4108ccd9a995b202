"""Frames to files and back: PNG, EXR, MP4, color. The only room that encodes or decodes pixels.

Heavy libraries (OpenImageIO, PyAV, OpenColorIO) are imported by the function that needs them.
"""


class MediaError(Exception):
    """A picture or clip could not be read or written; the message names the file and what to do."""
