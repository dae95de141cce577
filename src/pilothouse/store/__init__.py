"""What must not be lost: one SQLite file with runs, looks, releases and keys.

``database`` opens, migrates and guards the file; ``state`` and ``keys`` say what is
in it. Nothing here reads a run folder or a model.
"""
