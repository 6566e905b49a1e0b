"""Where work runs: this machine, or a cluster."""
