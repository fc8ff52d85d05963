"""The brief: what a founder tells once about the startup. Its shape; its one-file form in YAML is in `file`."""

from aipromote.documents.brief.problems import BriefError, Problem, validate_brief
from aipromote.documents.brief.shape import (
    BrandVoice,
    Brief,
    BriefAsset,
    Competitor,
    Constraints,
    FounderProfile,
    Frequency,
    Goals,
    HashtagRules,
    IdealCustomer,
    Kpi,
    Persona,
    Positioned,
    ProofPoint,
    brief_json_schema,
    facts_of,
)

__all__ = [
    "BrandVoice",
    "Brief",
    "BriefAsset",
    "BriefError",
    "Competitor",
    "Constraints",
    "FounderProfile",
    "Frequency",
    "Goals",
    "HashtagRules",
    "IdealCustomer",
    "Kpi",
    "Persona",
    "Positioned",
    "Problem",
    "ProofPoint",
    "brief_json_schema",
    "facts_of",
    "validate_brief",
]
