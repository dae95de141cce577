"""A run as a folder of readable files: write, read, list, verify."""
