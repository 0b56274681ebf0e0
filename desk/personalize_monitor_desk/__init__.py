"""What people use at a desk: the command, the console, the report and backtests."""
