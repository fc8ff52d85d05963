"""The sandbox network: a small social network of our own, served by its own process over real HTTP.

It owns its accounts, tokens, posts and faults in one SQLite file and knows nothing of the product. Publishing into it
takes the same road as publishing anywhere else: OAuth, rate limits, lost answers. Nothing in it is public, and every
counter that it shows is simulated and says so. It never refuses a repeated post, so that exactly-once is proved by
the product and not by its test bench.
"""
