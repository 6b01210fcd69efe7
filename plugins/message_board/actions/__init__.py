"""The verbs of the message board: the only code that writes."""
