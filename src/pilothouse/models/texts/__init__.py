"""Texts as models need them: language, tokens, sentences, embeddings, in Chinese and English."""
