"""The number: revenue in three lines that never mix: due, in the plan, proven."""
