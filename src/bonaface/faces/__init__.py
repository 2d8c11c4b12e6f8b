"""Where things are on a face: detection, landmarks, alignment, regions."""
