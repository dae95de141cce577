"""One row over HTTP: the served release against a hand-written service."""
