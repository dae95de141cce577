"""Labels of texts: product and peers on reviews, sentences, intents and bank questions, full and 10-shot."""
