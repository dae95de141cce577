"""Does it find the right passage, and how fast?"""
