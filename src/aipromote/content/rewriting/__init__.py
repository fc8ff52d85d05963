"""Rewriting a text without a model: shorter, with another first line, for another platform, as a thread and back.

Pure: nothing here stores anything or asks anybody. What is written is made of the text's own sentences and of the
connecting lines of the language pack, so no new claim can come in.
"""
