"""The strip of a timeline: a row for each branch, a dot for each snapshot."""
