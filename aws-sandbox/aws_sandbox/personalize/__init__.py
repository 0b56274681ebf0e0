"""Amazon Personalize's control plane as an extension of moto."""
