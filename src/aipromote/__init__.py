"""AIPromote: a self-hosted marketing engine for startups. docs/tour.md walks through the rooms of this package."""

__version__ = "0.1.0"
