"""The one-command runtime: the data folder, PostgreSQL and Valkey as direct children, and the product's own processes.

Owns: the data folder (lock, secrets, logs), the bundled servers' programs, and how they are started, watched, started
again and stopped. It never migrates, never speaks SQL beyond creating the one database, and never starts what an
operator runs elsewhere (`DATABASE_URL`, `REDIS_URL`).
"""
