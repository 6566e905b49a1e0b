"""The rows that models learn from: what was known of each account at a time, and what became of it."""
