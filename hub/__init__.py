"""The hub: one asynchronous program that carries facts to the people they concern; every feature is a plugin."""
