"""Claims in a text: what a reader could ask proof for, and which fact gives that proof. Pure; owns no rows."""

from aipromote.documents.claims.finding import find_claims
from aipromote.documents.claims.kinds import NUMERIC, Claim, ClaimKind
from aipromote.documents.claims.proofs import backing, unproven

__all__ = ["NUMERIC", "Claim", "ClaimKind", "backing", "find_claims", "unproven"]
