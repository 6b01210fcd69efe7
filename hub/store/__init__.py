"""What the hub keeps: the only package that speaks to MongoDB."""
