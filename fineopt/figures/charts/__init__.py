"""Charts: from a summary of the record to artists."""
