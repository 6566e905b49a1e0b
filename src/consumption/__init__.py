"""Turn product usage into the next best action for each account, and prove the revenue it brought."""
