"""Live sessions against their peers: one server on core 0, the load on core 1, CPU per delivery from /proc."""
