"""Charts of a record, each a pure function of its summary."""
