"""Small models trained on our own data."""
