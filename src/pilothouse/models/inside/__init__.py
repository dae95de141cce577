"""Looks inside a trained network: what counted, what lights up, what it takes for alike."""
