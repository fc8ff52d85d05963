"""The sample data, part by part: a startup a few weeks into its plan, as the product's own verbs would have left it.

Everything is over or far away: no row of it is owed anything by a worker, and no account of it has a token, so nothing
of it is ever published. Its one scheduled post stands on the last day of the ninety; if somebody keeps the sample that
long, the publish step refuses it, because its account is not connected.
"""
