"""What can be done with publicities and their rows."""
