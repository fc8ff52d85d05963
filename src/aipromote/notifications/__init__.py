"""What people are told: the inbox and e-mail. Templates, senders, and what became of each message.

Owns notifications. Decides how something is said and delivered, never when it is worth saying.
"""
