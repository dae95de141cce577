"""Models that tell pictures by label: a rule, two simple ones, and networks."""
