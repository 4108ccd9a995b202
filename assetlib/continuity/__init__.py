"""The same character from shot to shot: reference sheets and measures."""
