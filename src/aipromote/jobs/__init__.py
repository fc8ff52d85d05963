"""The five queues: what a job is, how its pointer is carried, run, staged again, counted and cleaned.

This room owns Redis (or Valkey). It carries pointers only; what is still to be done stands in PostgreSQL, in the rows
of the rooms above, so that everything here can be erased at any moment and is rebuilt by the stager. The only rows of
its own are the turns of periodic tasks. It never reads or writes a row of another room, never knows what a job does,
and never decides when a row is due.
"""
