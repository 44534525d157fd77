"""A team's policy over a person's own."""

from dataclasses import dataclass

from agentguard.flags import state
from agentguard.policy import Policy


@dataclass(frozen=True)
class TeamPolicy:
    team: Policy
    person: Policy

    def permits(self, tool, flags_path):
        """With the tier off, the person's policy alone decides, as before."""
        if state(flags_path, "m3_team_org_tier") == "off":
            return self.person.permits(tool)
        return self.team.permits(tool) and self.person.permits(tool)
