"""Who may do what with which asset, decided by one pure function."""
