"""What pre-training is worth, and how the behaviour model stands in a contest."""
