"""What the library knows, in a database, with its ledger in the same transaction."""
