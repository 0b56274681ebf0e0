"""What following every change costs and protects, on traces and models of the service."""
