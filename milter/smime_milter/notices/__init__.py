"""Texts that people read, German and English, without a word of the message they speak of."""
