"""Startups: the profile that a founder gave, the founders, and who may work on it in which role.

Owns organizations, founders and memberships, and turns a brief into them. Decides who may do what
inside an organization.
"""
