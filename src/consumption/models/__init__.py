"""Rankings, effects of actions, and their registry."""
