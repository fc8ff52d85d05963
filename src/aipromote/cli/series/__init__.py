"""Series that are planned part by part."""
