"""The parts of the check. Each takes a text and says what it found; none knows of another."""
