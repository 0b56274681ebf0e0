"""What there is, and what CloudWatch says of it: resources, measurements, and what is published."""
