"""What numbers are worth: intervals and tests over people, breaking points, rates by feature, strata. No store."""
