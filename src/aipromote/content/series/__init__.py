"""Series that are planned part by part: what each part is about, on which day, and how far it is."""
