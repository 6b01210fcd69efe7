"""The operations staff's console: what they look at and do, as operations and as pages (app ``ops``)."""
