"""The door to language models against a real one: ``make check-llm PILOTHOUSE_GGUF=/path/to/model.gguf``."""
