"""What people say of a piece before it goes out: comments, and links for reviewers who have no account.

Owns comments and review links. What a link decides goes through the same verb as what a member decides, and never sets
a finding aside.
"""
