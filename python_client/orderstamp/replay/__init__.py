"""Replay recorded exchange order messages (LOBSTER-style CSV) through the calls."""
