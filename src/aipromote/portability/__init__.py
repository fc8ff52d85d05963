"""One startup, taken along: everything that an organization has, as files that people and programs can read.

Owns that form, and the way out of one instance and into another. Secrets never leave; what comes in is judged as if a
stranger had written it, belongs to a new organization, and is held until a person lets it go on.
"""
