"""The Studio: every table in the browser, for administrators of the instance. Secrets are masked and never loaded.

It connects as the application does and chooses one organization at a time, so the policies hold here too. Read-only,
unless the settings allow changes; those go past the verbs, but not past the database's own checks, and are recorded.
"""
