"""Foreign files are read here, in a limited subprocess, and nowhere else."""
