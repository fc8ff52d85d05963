"""People: users, how they sign in, their sessions; and the actor, who is behind every change.

Owns users and sessions. Decides who somebody is, never what they may do inside an organization.
"""
