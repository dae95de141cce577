"""Tables from ten thousand to five million rows: seconds and memory of a default run."""
