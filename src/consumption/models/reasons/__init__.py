"""Why an account is on a list, and why its probability moved, in words."""
