"""The calendar as other programs subscribe to it (iCalendar). Shows posts, never drafts, and never changes anything."""
