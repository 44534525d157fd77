"""Teams, once the tier is on."""

from api.flags import state


def register(route):
    route("GET", "/v1/teams", teams)
    route("GET", "/v1/teams/{id}", team)


def hidden(request):
    """With the tier off, as if there were no such route."""
    tier = state(request.flags_path, "m3_team_org_tier")
    return tier == "off" or (tier == "beta" and not request.user.beta)


def teams(request):
    if hidden(request):
        return 404
    return [view(row) for row in request.database.teams_of(request.user.id)]


def team(request):
    if hidden(request):
        return 404
    return view(request.database.team(request.params["id"]))


def view(row):
    return {
        "id": row.id,
        "name": row.name,
        "plan": row.plan,
        "seat_limit": row.seats,
        "owner_email": row.owner.email,
    }
