"""The pages and the REST API over the same flows."""
