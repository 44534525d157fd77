"""The signed-in user."""


def register(route):
    route("GET", "/v1/me", me)


def me(request):
    user = request.user
    return {"id": user.id, "name": user.name, "email": user.email}
