"""A run record as one self-contained page and a model card."""
