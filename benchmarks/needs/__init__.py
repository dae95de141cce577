"""Needs on real texts: seconds, how well they foretell, stability and labels, beside keyword counts."""
