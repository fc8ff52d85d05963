"""People: users, how they come and sign in, their sessions; and the actor, who is behind every change.

Owns users, their sessions, letters about their accounts, and who they are at providers. Decides who somebody is, never
what they may do inside an organization.
"""
