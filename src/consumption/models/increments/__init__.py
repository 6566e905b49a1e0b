"""What actions change: beliefs, what quarters of decisions say of them, and the challengers to that layer."""
