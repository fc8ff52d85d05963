"""The database: engine and sessions, the base of all models, tenancy, sealed columns, typed JSON, migrations.

Owns how rows are reached and kept apart. Knows no table of any other room and decides nothing about their content.
"""
