"""Models that put labels on texts: rules, weighed pieces of words, networks, language models."""
