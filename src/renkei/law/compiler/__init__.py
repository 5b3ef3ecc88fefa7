"""From a law's text to dated facts: what `renkei law compile` does. Every line is read or named; nothing is guessed."""
