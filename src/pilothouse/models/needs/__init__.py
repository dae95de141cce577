"""What users ask for and complain about: topics found in texts, named, counted and ranked."""
