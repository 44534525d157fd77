"""Renders a template and hands it to the mail relay."""

TEMPLATES = {
    "user.created": "welcome.txt.j2",
}


def mail(event, render, relay):
    template = TEMPLATES.get(event["kind"])
    if template is None:
        return False
    relay(event["user"]["email"], render(template, event))
    return True
