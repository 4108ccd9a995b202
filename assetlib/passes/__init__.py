"""A Scene of arrays becomes depth, normals, ids, motion, rest position and light."""
