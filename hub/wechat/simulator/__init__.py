"""A stand-in for WeChat: a real HTTP server that keeps WeChat's rules, for the demo, the tests and the benchmarks.

It listens on loopback, holds everything in memory, and has a second face under ``/_control/`` that plays the people:
they follow, tap, accept and read; and the weather: errors, delays, broken connections.
"""

from hub.wechat.simulator.accounts import StandInAccount, Template
from hub.wechat.simulator.remote import Remote
from hub.wechat.simulator.server import Simulator
from hub.wechat.simulator.settings import SimulatorSettings

__all__ = ["Remote", "Simulator", "SimulatorSettings", "StandInAccount", "Template"]
