"""What happens to tasks, one noun per file."""
