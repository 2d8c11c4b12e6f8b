"""Work on many pictures: finding what belongs together, doing it one by one, listing what failed."""
