"""What a deployment made in an account and region, removed again."""
