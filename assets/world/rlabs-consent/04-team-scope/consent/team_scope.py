"""Consent that a team holds for its members."""

from consent.flags import state
from consent.scopes import TEAM_SCOPES


def effective(store, person, team, scope, flags_path, is_beta):
    """A person's own word comes first; a team's fills the gap, once the tier is on."""
    own = store.latest(person, scope)
    if own is not None:
        return own.granted
    tier = state(flags_path, "m3_team_org_tier")
    if scope not in TEAM_SCOPES or tier == "off" or (tier == "beta" and not is_beta):
        return False
    held = store.latest(f"team:{team}", scope)
    return bool(held and held.granted)
