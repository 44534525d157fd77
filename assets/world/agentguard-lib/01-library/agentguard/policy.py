"""Allow and deny lists; what isn't allowed is denied."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Policy:
    allow: list = field(default_factory=list)
    deny: list = field(default_factory=list)

    def permits(self, tool):
        return tool in self.allow and tool not in self.deny
