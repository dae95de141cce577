"""The nine verbs that every scenario shares, in the order of the data."""
