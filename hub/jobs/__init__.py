"""Work that comes round by itself."""
