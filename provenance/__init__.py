"""Facts about files: what they are, who made them, who says so."""
