"""What language models are asked: one TOML file a prompt, read by ``guards.llm.prompt``."""
