"""The operations pages: how the product itself is doing, for administrators of the instance, members or not.

What is wrong is judged by `monitoring`, and done by `jobs`; here it is only told. Each act is logged with its actor.
"""
