"""Find the passage that answers a question, or know that none does."""
