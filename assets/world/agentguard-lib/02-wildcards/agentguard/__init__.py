"""Decides whether an agent may do what it is about to do."""

from agentguard.policy import Policy

__all__ = ["Policy"]
__version__ = "1.3.1"
