"""What a change of a floor came to: cases, verdicts, and first changes compared."""
