"""The routes, one file for each noun; each says which role it needs."""
