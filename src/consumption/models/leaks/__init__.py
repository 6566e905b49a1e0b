"""The eight ways in which a training set may know more than it could have known."""
