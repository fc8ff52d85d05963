"""Caption cards: a few words as a picture, in the brand's colours. Pure: knows no database and no file of anybody's."""
