"""What can be done with plans without a database: compare two, take over some changes of one, edit one.

Pure. The shape of a plan is `aipromote.documents.strategy`; everything that leaves this package fits it.
"""
