"""What a commit can write. `Writer` is one ledgered transaction; each verb adds rows and never changes any."""
