"""The questions, one file or folder each: only what differs from the shared steps."""
