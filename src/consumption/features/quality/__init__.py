"""What the data can and cannot support, before anything is modelled: one file a family of checks."""
