"""Amazon Personalize's runtime: recommendations that are made up, and counted."""
