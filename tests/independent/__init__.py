"""Checks of our log by an implementation that is not ours."""
