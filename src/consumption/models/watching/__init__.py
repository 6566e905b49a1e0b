"""What is recorded of a model in charge day by day: drift, and whether its probabilities still come true."""
