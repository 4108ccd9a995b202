"""Make pixels from cleared references, behind one permit-checked door."""
