"""A real-time messaging hub whose every feature is a plugin."""

__version__ = "0.1.0"
