"""Pilothouse: from a file to a decision you can defend, and to a running service."""

import os

# Read once, when an OpenMP library loads. Threads that spin while they wait for each other made
# a LightGBM fit fourteen times dearer on a machine that had other work; asleep they cost nothing.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

__version__ = "0.1.0"
