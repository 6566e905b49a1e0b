"""The catalogue, the plan within the hours there are, and the number."""
