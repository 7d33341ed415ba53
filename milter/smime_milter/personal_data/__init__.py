"""Finding personal data in text, weighing it, and masking it: nothing here keeps what it found."""
