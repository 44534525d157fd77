"""Consent, per person and purpose."""
