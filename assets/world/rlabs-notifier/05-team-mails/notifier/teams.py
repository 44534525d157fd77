"""Mail about teams, once the tier is on. An invitation that the relay doesn't take is tried again here.

invitation-duties owns: retry
"""

from notifier.flags import state

TEMPLATES = {
    "team.invited": "team-invitation.txt.j2",
    "team.renewing": "team-renewal.txt.j2",
}


def template(event, flags_path):
    """The template of a team event, or None while it is to be kept back."""
    if state(flags_path, "m3_team_org_tier") == "off":
        return None
    return TEMPLATES.get(event["kind"])
