"""Live sessions: one websocket per open app, the person's inbox on it as a stream that survives every cut."""
