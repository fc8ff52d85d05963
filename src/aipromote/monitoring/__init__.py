"""Whether the product does what it promises, seen from outside: health, incidents and their alerts, metrics, a canary.

Owns incidents. Looks at queues, workers and rows, tells the operator once when something is wrong and once when it is
over, and never repairs, publishes or changes anything itself.
"""
