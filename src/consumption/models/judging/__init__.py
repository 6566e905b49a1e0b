"""How good a ranking is, against what, and whether it takes the place of the one in charge."""
