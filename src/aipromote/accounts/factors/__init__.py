"""What a person proves beside a password: codes of an app, passkeys, recovery codes; and sign-ins that wait for one.

Owns these four tables and the challenges of passkeys. Opens sessions by `accounts.actions` and never by itself.
"""
