"""What things are: pure values, without AWS and without a clock."""
