"""A list of recommendations over HTTP against an empty route."""
