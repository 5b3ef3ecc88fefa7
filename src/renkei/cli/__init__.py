"""Floor 6: argument parsing and printing only."""
