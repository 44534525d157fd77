"""Allow and deny lists; what isn't allowed is denied."""

from dataclasses import dataclass, field
from fnmatch import fnmatchcase


@dataclass(frozen=True)
class Policy:
    allow: list = field(default_factory=list)
    deny: list = field(default_factory=list)

    def permits(self, tool):
        return matches(self.allow, tool) and not matches(self.deny, tool)


def matches(rules, tool):
    """`files.*` matches every tool below `files`."""
    return any(fnmatchcase(tool, rule) for rule in rules)
