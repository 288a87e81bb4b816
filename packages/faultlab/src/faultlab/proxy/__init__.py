"""A TCP proxy before MySQL, MariaDB or PostgreSQL that knows the protocol, and breaks a connection at the statement one names."""

from faultlab.proxy.proxy import Proxy
from faultlab.proxy.rule_registry import Fired
from faultlab.proxy.rules import At, How, Rule

__all__ = ["At", "Fired", "How", "Proxy", "Rule"]
