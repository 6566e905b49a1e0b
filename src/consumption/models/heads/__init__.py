"""What is fitted: heads that say probabilities or an order, how they grow, and how they are calibrated."""
