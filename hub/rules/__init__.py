"""Rules: what is on where, who stands where, how a unit of work runs."""
