"""What a consent can be about."""

SCOPES = (
    "analytics",
    "product_mail",
    "support_access",
)
