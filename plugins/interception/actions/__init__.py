"""What 拦截 does, one noun per file."""
