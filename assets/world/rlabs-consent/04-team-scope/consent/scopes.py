"""What a consent can be about."""

SCOPES = (
    "analytics",
    "product_mail",
    "support_access",
    "team_directory",
)

# What a team may agree to for its members.
TEAM_SCOPES = (
    "support_access",
    "team_directory",
)
