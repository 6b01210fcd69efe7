"""The web door: HTTP in front of the plugins' operations."""
