"""Does it answer what it can and decline what it cannot?"""
