"""The only room that speaks pxr: author, inspect, compose, frame, extract."""
