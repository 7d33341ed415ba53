"""The nouns every layer speaks: frozen dataclasses, enums and errors; imports nothing of ours."""
