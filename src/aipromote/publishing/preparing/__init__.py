"""Uploading the files of posts before they are due, so that a post with a video leaves on time.

What is uploaded is not public. It happens in a job of its own, which may take minutes, die and be repeated; the publish
step only fires what is ready.
"""
