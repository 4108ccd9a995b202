"""CloudEvents and the delivery of the outbox."""
