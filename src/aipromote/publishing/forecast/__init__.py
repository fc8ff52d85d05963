"""What is expected of each post within a day of its time: that it goes out, or what may keep it from that.

Asks the questions of the publish step ahead of time, and some that only the network could answer then. Writes forecasts
and tells people; never changes a post.
"""
