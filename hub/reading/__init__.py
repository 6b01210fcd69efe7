"""Files that are read: configuration, tables, templates."""
