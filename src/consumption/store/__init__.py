"""What people act on: decisions, recommendations, responses, keys."""
