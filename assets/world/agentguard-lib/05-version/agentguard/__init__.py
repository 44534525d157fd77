"""Decides whether an agent may do what it is about to do."""

from agentguard.policy import Policy
from agentguard.team import TeamPolicy

__all__ = ["Policy", "TeamPolicy"]
__version__ = "1.4.0"
