"""What happens to surveys, one noun per file."""
