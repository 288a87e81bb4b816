"""A TCP proxy before MySQL, MariaDB or PostgreSQL that knows the protocol, and breaks a connection at the statement one names."""

from mdt.faults.proxy.book import Fired
from mdt.faults.proxy.proxy import Proxy
from mdt.faults.proxy.rules import At, How, Rule

__all__ = ["At", "Fired", "How", "Proxy", "Rule"]
