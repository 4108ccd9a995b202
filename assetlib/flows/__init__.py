"""One file per thing a person does: load, ask, act, record, return."""
