"""The audit of an edited expression: the picture before, the edited one and, where there is one, a real photograph."""
