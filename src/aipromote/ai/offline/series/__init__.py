"""Series without a model: which parts a brief can truly fill, and each part in its own words."""
