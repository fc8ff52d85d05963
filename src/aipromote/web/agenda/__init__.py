"""The calendar's pages: month, week and list, what is done to posts there, and the feed for other calendars."""
