"""Files and HTTP into versioned tables; wrong rows into quarantine."""
