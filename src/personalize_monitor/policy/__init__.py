"""What should happen: pure rules from values to decisions."""
