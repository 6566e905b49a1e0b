"""A job a file: settings in, what was done out."""
