"""The whole road, as a user goes it."""
