"""Asking language models: OpenAI's, Anthropic's, Google's, and any server that speaks OpenAI's protocol.

Owns which models are set up and in which order they are asked, what goes wrong with them in words, repair of answers
that do not fit, and that every call is booked and written down. Knows nothing of what is asked. The libraries behind it
are loaded when the first model is built: a process that asks none stays small.
"""
