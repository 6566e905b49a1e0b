"""Signals, snapshots and labels from what was known."""
