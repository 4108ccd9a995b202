"""Roles, people's keys, approvals and who may give them."""
