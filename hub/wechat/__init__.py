"""The door to WeChat: calls that leave the hub, callbacks that come in, and a stand-in for both."""
